"""A slot as the board and its own page show it: every word and clock made here, none in the template."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Patient
from messaging.models import Message
from messaging.states import MessageStatus
from offers.models import Cancellation, Offer, StaffCall
from offers.rounds import BUSY_PHONES, CONTACT_HOURS
from offers.states import CancellationStatus, OfferStatus, UnfilledReason
from staff import actions, formatting

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

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
_NO_TEXT = _("– no text")
_WAITS = {
    "": _("Waits for the next round."),
    "answers": _("Waits for answers."),
    "the end of the grace time": _("Waits for the end of the grace time."),
    "its last useful minute": _("Too late to ask anybody else; a late YES still fills it."),
    BUSY_PHONES: _("Waits for patients who have another question open."),
    CONTACT_HOURS: _("Waits for contact hours."),
}
_UNFILLED = {
    UnfilledReason.NOBODY_LEFT: _("Nobody left to ask."),
    UnfilledReason.TOO_LATE: _("Too late to ask anybody."),
    UnfilledReason.CALL: _("Nobody may be texted in time: call them."),
}
Named = Callable[[Patient], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One question; `until` is on the clinic's clock, `ends` the same in seconds since 1970."""

    offer: Offer
    name: str
    state: str
    label: _StrPromise
    text: _StrPromise
    until: str
    until_at: str
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A colleague on the phone with somebody about the slot."""

    call: StaffCall
    name: str
    until: str
    until_at: str
    ends: int


@dataclass(kw_only=True)
class SlotCard:
    """One slot; its times are the clinic's own. `needs` says why a person should look at it."""

    slot: Cancellation
    address: str
    starts_at: datetime
    starts: str
    zone: str
    state: _StrPromise
    rounds: int
    offers: list[OfferRow]
    call: CallRow | None
    waits: _StrPromise | str
    next_at: str
    next_step: str
    needs: list[_StrPromise | str]
    buttons: list[actions.Button]
    # Why nobody of the list is asked, with counts.
    reasons: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether nobody is being asked about a slot that is to be had."""
        to_be_had = self.slot.status not in (CancellationStatus.FILLED, CancellationStatus.WITHDRAWN)
        return to_be_had and not any(row.state == OfferStatus.PENDING for row in self.offers)


def of(slots: Iterable[Cancellation], now: datetime, *, named: Named = str) -> list[SlotCard]:
    """The slots with their questions, the texts of these and the call that goes on, patients as `named`."""
    ids = [slot.pk for slot in slots]
    offers = Offer.objects.select_related("patient", "round").order_by("round__number", "rank")
    offers = offers.defer("round__entry_ids", "round__reasons", "round__parts")
    full = Cancellation.objects.select_related("clinic", "provider", "visit_type")
    by_id = full.prefetch_related(Prefetch("offers", offers)).in_bulk(ids)
    keys = [f"offer:{offer.pk}" for slot in by_id.values() for offer in slot.offers.all()]
    sent = Message.objects.filter(logical_key__in=keys).order_by("pk")
    texts = dict(sent.values_list("logical_key", "status"))
    going = StaffCall.objects.filter(cancellation__in=ids, ended_at=None, ends_at__gt=now)
    calls = {call.cancellation_id: call for call in going.select_related("patient").order_by("pk")}
    return [_card(by_id[pk], texts, calls.get(pk), now, named) for pk in ids]


def initials(patient: Patient) -> str:
    """Who it is for those who know, and nobody for those who pass by the screen."""
    names = [patient.first_name, patient.last_name]
    return " ".join(f"{name[0]}." for name in names if name)


def _card(
    slot: Cancellation, texts: dict[str | None, str], call: StaffCall | None, now: datetime, named: Named
) -> SlotCard:
    zone, offers = slot.clinic.zone, list(slot.offers.all())
    starts = slot.starts_at.astimezone(zone)
    step = slot.next_step_at.astimezone(zone) if slot.next_step_at else None
    return SlotCard(
        slot=slot,
        address=reverse("slot", args=[slot.pk]),
        starts_at=starts,
        starts=formatting.day_and_time(starts),
        zone=starts.tzname() or "",
        state=STATES[CancellationStatus(slot.status)],
        rounds=max((offer.round.number for offer in offers), default=0),
        offers=[_row(offer, slot, texts.get(f"offer:{offer.pk}", ""), named) for offer in offers],
        call=_call_row(call, slot, named) if call else None,
        waits=_WAITS.get(slot.waiting_for, slot.waiting_for) if step else "",
        next_at=step.isoformat() if step else "",
        next_step=formatting.weekday_and_seconds(step) if step else "",
        needs=[_UNFILLED[UnfilledReason(slot.unfilled_reason)]] if slot.unfilled_reason else [],
        buttons=actions.buttons(slot, offers, now),
    )


def _row(offer: Offer, slot: Cancellation, status: str, named: Named) -> OfferRow:
    until = offer.hold_expires_at if offer.status == OfferStatus.PENDING else None
    local = until.astimezone(slot.clinic.zone) if until else None
    return OfferRow(
        offer=offer,
        name=named(offer.patient),
        state=offer.status,
        label=_ANSWERS[OfferStatus(offer.status)],
        text=_MARKS[MessageStatus(status)] if status else _NO_TEXT,
        until=f"{local:%H:%M}" if local else "",
        until_at=local.isoformat() if local else "",
        ends=int(local.timestamp()) if local else 0,
    )


def _call_row(call: StaffCall, slot: Cancellation, named: Named) -> CallRow:
    local = call.ends_at.astimezone(slot.clinic.zone)
    return CallRow(
        call=call,
        name=named(call.patient),
        until=f"{local:%H:%M}",
        until_at=local.isoformat(),
        ends=int(local.timestamp()),
    )
