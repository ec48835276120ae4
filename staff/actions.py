"""What staff may do with a slot: which buttons it has, what each asks first, does, and says it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import Appointment
from core.models import AuditEvent
from offers import hurrying, pausing, prolonging, reopening, texts, undoing, withdrawing
from offers.models import Cancellation, Offer
from offers.states import FILLABLE, RUNNING, CancellationStatus, OfferStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from staff.cards import Named

PERMISSION = "offers.change_cancellation"
FILL = "fill"


class Action(NamedTuple):
    """A verb on a slot. One that `asks` texts people, and is asked about once before it does."""

    verb: Callable[..., Any]
    label: _StrPromise
    key: str
    asks: bool


class Question(Protocol):
    """A question to a patient, as far as buttons depend on it."""

    @property
    def status(self) -> str: ...
    @property
    def hold_expires_at(self) -> datetime | None: ...
    @property
    def responded_at(self) -> datetime | None: ...


class Button(NamedTuple):
    """An action as a card shows it; `key` is the letter that does the same."""

    name: str
    label: str
    key: str
    asks: bool


ACTIONS = {
    "undo": Action(undoing.undo, gettext_lazy("Undo"), "u", asks=False),
    "next-round": Action(hurrying.next_round, gettext_lazy("Next round now"), "n", asks=True),
    "extend": Action(prolonging.extend, gettext_lazy("5 minutes more"), "e", asks=False),
    "pause": Action(pausing.pause, gettext_lazy("Pause"), "p", asks=False),
    "resume": Action(pausing.resume, gettext_lazy("Resume"), "p", asks=True),
    "withdraw": Action(withdrawing.withdraw, gettext_lazy("Withdraw"), "w", asks=True),
    "reopen": Action(reopening.reopen, gettext_lazy("Patient dropped out: open again"), "r", asks=True),
}
_FILL = gettext_lazy("Call or booked by phone")
_TOLD_IF_WITHDRAWN = withdrawing.OPEN_QUESTIONS


def buttons(slot: Cancellation, offers: Iterable[Question], now: datetime) -> list[Button]:
    """The buttons of a slot as it is, the most wanted first."""
    asked = list(offers)
    status = slot.status
    is_out = any(offer.status == OfferStatus.PENDING and offer.hold_expires_at for offer in asked)
    in_grace = now < slot.grace_ends_at and not asked
    shown = [
        ("undo", in_grace and status in (CancellationStatus.OPEN, CancellationStatus.PAUSED)),
        ("next-round", status == CancellationStatus.OFFERING),
        ("extend", is_out and status in (CancellationStatus.OFFERING, CancellationStatus.PAUSED)),
        ("pause", status in RUNNING),
        ("resume", status == CancellationStatus.PAUSED),
        ("withdraw", status in FILLABLE),
        ("reopen", status == CancellationStatus.FILLED and slot.starts_at > now),
    ]
    # What texts nobody is done without a question.
    silent = {"withdraw": not any(map(_is_told, asked)), "resume": in_grace}
    chosen = [_button(name, is_silent=silent.get(name, False)) for name, is_shown in shown if is_shown]
    return [Button(FILL, str(_FILL), "b", asks=True), *chosen] if status in FILLABLE else chosen


def _button(name: str, *, is_silent: bool) -> Button:
    action = ACTIONS[name]
    return Button(name, str(action.label), action.key, action.asks and not is_silent)


def _is_told(offer: Question) -> bool:
    was_texted = offer.hold_expires_at is not None and offer.responded_at is None
    return was_texted and offer.status in _TOLD_IF_WITHDRAWN


class Consequences(NamedTuple):
    """What is asked before an action: what will happen, and the texts that go out."""

    sentences: list[str]
    texts: list[str]


def question(slot: Cancellation, name: str, *, named: Named) -> Consequences:
    """What `name` would do to the slot now."""
    if name == "withdraw":
        told = [offer for offer in slot.offers.select_related("patient").order_by("pk") if _is_told(offer)]
        return Consequences([_withdrawing(len(told))], _words("recall", slot, told))
    if name == "resume":
        return Consequences([_at_most(slot)], [])
    if name == "next-round":
        most = _at_most(slot)
        keeps = _(
            "Whoever is being asked may still answer until the deadline that was told; the first YES wins."
        )
        return Consequences([most, keeps], [])
    if name == "reopen":
        return Consequences(_reopening(slot, named), [])
    return Consequences([], [])


def _at_most(slot: Cancellation) -> str:
    count = slot.clinic.round_size
    sentence = ngettext(
        "At most %(count)s more patient is texted now.",
        "At most %(count)s more patients are texted now.",
        count,
    )
    return sentence % {"count": count}


def _withdrawing(count: int) -> str:
    if not count:
        return _("Nobody was texted about this slot, and nobody is told.")
    sentence = ngettext(
        "%(count)s patient was texted and has not said no: exactly that one gets a correction.",
        "%(count)s patients were texted and have not said no: exactly these get a correction.",
        count,
    )
    return sentence % {"count": count}


def _words(name: str, slot: Cancellation, offers: Iterable[Offer]) -> list[str]:
    languages = sorted({offer.patient.language for offer in offers})
    return [texts.render(name, language=each, clinic=slot.clinic, slot=slot) for each in languages]


def _reopening(slot: Cancellation, named: Named) -> list[str]:
    visit = Appointment.objects.active().filter(fills_slot=slot.pk).select_related("patient").first()
    who = named(visit.patient.first_name, visit.patient.last_name) if visit else _("nobody")
    sentences = [_("The visit of %(who)s at this time is cancelled, and its patient is told.") % {"who": who}]
    standby = slot.offers.filter(status=OfferStatus.STANDBY).exists()
    if standby:
        return [*sentences, _("Whoever stands by is booked and gets a confirmation.")]
    return [*sentences, _("The next patients of the waitlist are texted.")]


def said(slot_id: int, name: str) -> str:
    """What an action that has just been done did, by the audit trail."""
    done = AuditEvent.objects.filter(object_type=Cancellation._meta.label_lower, object_id=str(slot_id))
    data: dict[str, Any] = getattr(done.order_by("-pk").first(), "data", {})
    return _DONE[name](data)


def _withdrawn(data: dict[str, Any]) -> str:
    told = data.get("told", 0)
    if not told:
        return _("Withdrawn. Nobody had been texted, and nobody is told.")
    sentence = ngettext(
        "Withdrawn. %(count)s patient who had been texted gets a correction.",
        "Withdrawn. %(count)s patients who had been texted get a correction.",
        told,
    )
    return sentence % {"count": told}


def _hurried(data: dict[str, Any]) -> str:
    count = data.get("asked", 0)
    sentence = ngettext(
        "%(count)s more patient is being asked. Whoever was asked before may still answer.",
        "%(count)s more patients are being asked. Whoever was asked before may still answer.",
        count,
    )
    return sentence % {"count": count}


def _extended(data: dict[str, Any]) -> str:
    words = {"minutes": data.get("minutes", 0)}
    return _("Answers are waited for %(minutes)s minutes longer. Nobody is texted about it.") % words


_DONE: dict[str, Callable[[dict[str, Any]], str]] = {
    "undo": lambda data: _("Undone. Nobody was texted, and the visit stands as before."),
    "next-round": _hurried,
    "extend": _extended,
    "pause": lambda data: _("Paused. Nobody else is asked until you resume."),
    "resume": lambda data: _("Going on."),
    "withdraw": _withdrawn,
    "reopen": lambda data: _("Open again: the standby is next, then the next round."),
}
