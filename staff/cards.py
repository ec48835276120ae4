"""A slot as the board and its own page show it: every word and clock made here, none in the template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment
from core import audit
from messaging.models import Message
from messaging.states import MessageStatus
from offers.models import Cancellation, Offer, StaffCall
from offers.rounds import BUSY_PHONES, CONTACT_HOURS
from offers.shadowing import WAITING_FOR as HOLD_IN_SHADOW
from offers.states import CancellationStatus, OfferStatus, UnfilledReason
from staff import actions, formatting

STATES = {
    CancellationStatus.OPEN: _("Waiting"),
    CancellationStatus.OFFERING: _("Offering"),
    CancellationStatus.PAUSED: _("Paused"),
    CancellationStatus.FILLED: _("Filled"),
    CancellationStatus.UNFILLED: _("Unfilled"),
    CancellationStatus.WITHDRAWN: _("Withdrawn"),
}
_ANSWERS = {
    OfferStatus.PENDING: _("Waiting for an answer"),
    OfferStatus.ACCEPTED: _("Accepted"),
    OfferStatus.DECLINED: _("Declined"),
    OfferStatus.EXPIRED: _("No answer in time"),
    OfferStatus.WITHDRAWN: _("Withdrawn"),
    OfferStatus.UNDELIVERABLE: _("Could not be delivered"),
    OfferStatus.TAKEN: _("Taken by somebody else"),
    OfferStatus.STANDBY: _("Standing by"),
    OfferStatus.RELEASED: _("Given back"),
}
# What became of a text, as a mark and a word.
_MARKS = {
    MessageStatus.QUEUED: _("… not sent yet"),
    MessageStatus.SENDING: _("… being sent"),
    MessageStatus.SENT: _("✓ sent"),
    MessageStatus.DELIVERED: _("✓✓ delivered"),
    MessageStatus.UNDELIVERED: _("✗ not delivered"),
    MessageStatus.FAILED: _("✗ failed"),
    MessageStatus.UNKNOWN: _("? perhaps sent"),
    MessageStatus.NOT_SENT: _("✗ not sent"),
    MessageStatus.SKIPPED: _("– not sent, no longer needed"),
}
_VISIT = _("%(visit)s with %(provider)s, %(clinic)s, %(minutes)s minutes")
_NO_TEXT = _("– no text")
# Their clocks stand beside each question.
_ANSWERS_AWAITED = "answers"
_WAITS = {
    "": _("Waits for the next round."),
    _ANSWERS_AWAITED: _("Waits for answers."),
    "the end of the grace time": _("Waits for the end of the grace time."),
    "its last useful minute": _("Too late to ask anybody else; a late YES still fills it."),
    BUSY_PHONES: _("Waits for patients who have another question open."),
    CONTACT_HOURS: _("Waits for contact hours."),
    HOLD_IN_SHADOW: _("Waits for the end of a hold in shadow."),
}
_UNFILLED = {
    UnfilledReason.NOBODY_LEFT: _("Nobody left to ask."),
    UnfilledReason.TOO_LATE: _("Too late to ask anybody."),
    UnfilledReason.CALL: _("Nobody may be texted in time: call them."),
    UnfilledReason.SHADOW: _("In shadow: nobody was texted."),
}
_ASKED_FIRST = _("Freed by a schedule feed: resume to offer it, or withdraw it.")
# A patient's first and last name, as this screen may show them.
Named = Callable[[str, str], str]


def full_name(first: str, last: str) -> str:
    """As on file."""
    return f"{first} {last}"


def initials(first: str, last: str) -> str:
    """Who it is for those who know, and nobody for those who pass by the screen."""
    return " ".join(f"{name[0]}." for name in (first, last) if name)


class Asked(NamedTuple):
    """What a card needs of a question: five hundred of these are read for a full board."""

    pk: int
    slot: int
    status: str
    rank: int
    score: int
    round: int
    hold_expires_at: datetime | None
    responded_at: datetime | None
    phone: str
    email: str
    first_name: str
    last_name: str


_ASKED = (
    *("pk", "cancellation_id", "status", "rank", "score", "round__number", "hold_expires_at"),
    *("responded_at", "phone", "patient__email", "patient__first_name", "patient__last_name"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One question; `until` is on the clinic's clock, `ends` the same in seconds since 1970."""

    rank: int
    round: int
    score: int
    name: str
    state: str
    label: str
    text: str
    until: str
    until_at: str
    ends: int
    asked: Asked = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A colleague on the phone with somebody about the slot."""

    pk: int
    by: str
    name: str
    until: str
    until_at: str
    ends: int


@dataclass(kw_only=True, unsafe_hash=True)
class SlotCard:
    """One slot; its times are the clinic's own. `needs` says why a person should look at it.

    Two cards are equal where they look the same, whatever row they were made of.
    """

    slot: Cancellation = field(compare=False)
    pk: int
    status: str
    is_shadow: bool
    address: str
    starts: str
    zone: str
    state: str
    visit: str
    paused_by: str
    rounds: int
    offers: tuple[OfferRow, ...]
    # Who has the visit without having answered a question.
    winner: str
    call: CallRow | None
    waits: str
    next_at: str
    next_step: str
    needs: tuple[str, ...]
    buttons: tuple[actions.Button, ...]
    # Why nobody of the list is asked, with counts.
    reasons: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether nobody is being asked about a slot that is to be had."""
        to_be_had = self.status not in (CancellationStatus.FILLED, CancellationStatus.WITHDRAWN)
        return to_be_had and not any(row.state == OfferStatus.PENDING for row in self.offers)

    @property
    def is_gone(self) -> bool:
        """Whether nobody can be given the slot any more."""
        return self.status in (CancellationStatus.FILLED, CancellationStatus.WITHDRAWN)


class _Words(NamedTuple):
    """The words of many rows, looked up once, and how patients are named."""

    answers: Mapping[str, str]
    marks: Mapping[str, str]
    named: Named


def of(slots: Iterable[Cancellation], now: datetime, *, named: Named = full_name) -> list[SlotCard]:
    """The slots with their questions, the texts of these and the call that goes on, patients as `named`."""
    ids = [slot.pk for slot in slots]
    by_id = Cancellation.objects.select_related("clinic", "provider", "visit_type").in_bulk(ids)
    offers = Offer.objects.filter(cancellation__in=ids).order_by("round__number", "rank", "pk")
    asked: dict[int, list[Asked]] = defaultdict(list)
    for row in map(Asked._make, offers.values_list(*_ASKED)):
        asked[row.slot].append(row)
    keys = [f"offer:{row.pk}" for rows in asked.values() for row in rows]
    sent = Message.objects.filter(logical_key__in=keys).order_by("pk")
    texts = dict(sent.values_list("logical_key", "status"))
    going = StaffCall.objects.filter(cancellation__in=ids, ended_at=None, ends_at__gt=now)
    calls = {call.cancellation_id: call for call in going.select_related("patient").order_by("pk")}
    winners = _winners(ids, named)
    answers = {str(state): str(label) for state, label in _ANSWERS.items()}
    marks = {str(state): str(label) for state, label in _MARKS.items()} | {"": str(_NO_TEXT)}
    words = _Words(answers, marks, named)
    shown = []
    for slot in (by_id[pk] for pk in ids):
        rows = [_row(row, slot, texts, words) for row in asked[slot.pk]]
        call = _call_row(calls[slot.pk], slot, named) if slot.pk in calls else None
        shown.append(_card(slot, rows, call, winners.get(slot.pk, ""), now))
    return shown


def _winners(ids: list[int], named: Named) -> dict[int, str]:
    """Who got these slots by phone: no answer says so."""
    answered = Offer.objects.filter(cancellation=OuterRef("fills_slot"), status=OfferStatus.ACCEPTED)
    visits = Appointment.objects.active().filter(~Exists(answered), fills_slot__in=ids).order_by("pk")
    names = visits.values_list("fills_slot", "patient__first_name", "patient__last_name")
    return {slot: named(first, last) for slot, first, last in names if slot is not None}


def _card(
    slot: Cancellation, offers: list[OfferRow], call: CallRow | None, winner: str, now: datetime
) -> SlotCard:
    zone = slot.clinic.zone
    starts = slot.starts_at.astimezone(zone)
    at = None if slot.waiting_for == _ANSWERS_AWAITED else slot.next_step_at
    step = at.astimezone(zone) if at else None
    about = {"visit": slot.visit_type, "provider": slot.provider, "clinic": slot.clinic}
    return SlotCard(
        slot=slot,
        pk=slot.pk,
        status=slot.status,
        is_shadow=slot.is_shadow,
        address=reverse("slot", args=[slot.pk]),
        starts=formatting.day_and_time(starts),
        zone=starts.tzname() or "",
        state=str(STATES[CancellationStatus(slot.status)]),
        visit=_VISIT % {**about, "minutes": slot.duration_minutes},
        paused_by="" if slot.paused_by == audit.SYSTEM else slot.paused_by,
        rounds=max((row.round for row in offers), default=0),
        offers=tuple(offers),
        winner=winner,
        call=call,
        waits=str(_WAITS.get(slot.waiting_for, slot.waiting_for)) if slot.next_step_at else "",
        next_at=step.isoformat() if step else "",
        next_step=formatting.weekday_and_seconds(step) if step else "",
        needs=tuple(_own_needs(slot)),
        buttons=tuple(actions.buttons(slot, [row.asked for row in offers], now)),
    )


def _own_needs(slot: Cancellation) -> Iterator[str]:
    if slot.unfilled_reason:
        yield str(_UNFILLED[UnfilledReason(slot.unfilled_reason)])
    if slot.paused_by == audit.SYSTEM:
        yield str(_ASKED_FIRST)


def _row(asked: Asked, slot: Cancellation, texts: Mapping[str | None, str], words: _Words) -> OfferRow:
    until = asked.hold_expires_at if asked.status == OfferStatus.PENDING else None
    local = until.astimezone(slot.clinic.zone) if until else None
    return OfferRow(
        rank=asked.rank,
        round=asked.round,
        score=asked.score,
        name=words.named(asked.first_name, asked.last_name),
        state=asked.status,
        label=words.answers[asked.status],
        text=words.marks[texts.get(f"offer:{asked.pk}", "")],
        until=f"{local:%H:%M}" if local else "",
        until_at=local.isoformat() if local else "",
        ends=int(local.timestamp()) if local else 0,
        asked=asked,
    )


def _call_row(call: StaffCall, slot: Cancellation, named: Named) -> CallRow:
    local = call.ends_at.astimezone(slot.clinic.zone)
    return CallRow(
        pk=call.pk,
        by=call.by,
        name=named(call.patient.first_name, call.patient.last_name),
        until=f"{local:%H:%M}",
        until_at=local.isoformat(),
        ends=int(local.timestamp()),
    )
