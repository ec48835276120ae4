"""The winner drops out: the standby is next, then the next round."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import cancelling
from clinic.models import Appointment
from clinic.states import AppointmentStatus
from core import audit, transitions, wakeups
from messaging import optout
from offers import accepting, channels, opening, slots, tasks
from offers.models import Cancellation
from offers.states import OFFER_ARROWS, CancellationStatus, OfferStatus
from waitlist import joining
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus


@transaction.atomic
def reopen(*, cancellation_id: int, by: str, now: datetime, reason: str = "") -> Cancellation:
    """Take the filled slot from its winner and give it to the standby, or offer it again.

    Raises StaleState where the slot is not filled, or its visit is over or cancelled already.
    """
    slot = _opened_again(cancellation_id, by=by, now=now, reason=reason)
    go_on(slot, by, now)
    return slot


def go_on(slot: Cancellation, by: str, now: datetime) -> None:
    """Whoever stands by has the slot, else the next round. The caller holds the slot, which is open again."""
    if not _standby_takes(slot, by, now):
        wakeups.wake(tasks.advance, cancellation_id=slot.pk)


def _opened_again(cancellation_id: int, *, by: str, now: datetime, reason: str) -> Cancellation:
    slot = slots.locked(cancellation_id)
    slots.require(slot, CancellationStatus.FILLED)
    if now >= slot.starts_at:
        raise transitions.StaleState(_("This visit has begun already."))
    visit = Appointment.objects.active().filter(fills_slot=slot.pk).first()
    if visit is not None:
        cancelling.cancel(appointment_id=visit.pk, by=by, now=now, reason=reason, offer_slot=False)
    slots.require_time(slot)
    again = CancellationStatus.OPEN if slot.is_shadow else CancellationStatus.OFFERING
    slots.start_again(slot, to=again, now=now)
    release_winner(slot, by, now)
    audit.record(actor=by, verb="slot.reopened", obj=slot, at=now, reason=reason)
    return slot


def release_winner(slot: Cancellation, by: str, now: datetime) -> None:
    """The winner waits again, unless he or she has another time instead. The caller holds the slot."""
    offer = slot.offers.filter(status=OfferStatus.ACCEPTED).select_related("entry").first()
    if offer is not None:
        transitions.move(offer, to=OfferStatus.RELEASED, arrows=OFFER_ARROWS)
        if _has_moved(slot):
            return
        joining.wait_again(entry=offer.entry, by=by, now=now)
        return
    # Booked by phone without a question: the entry left the list in the instant of that booking.
    visit = Appointment.objects.filter(fills_slot=slot.pk).order_by("-pk").first()
    if visit is None or _has_moved(slot):
        return
    matched = WaitlistEntry.objects.filter(
        patient=visit.patient_id, changed_at=visit.created_at, status=EntryStatus.MATCHED
    )
    for entry in matched.order_by("pk"):
        joining.wait_again(entry=entry, by=by, now=now)


def _has_moved(slot: Cancellation) -> bool:
    """Whether the winner has another time instead, and so waits for none."""
    last = Appointment.objects.filter(fills_slot=slot.pk).order_by("-pk").values_list("status", flat=True)
    return last.first() == AppointmentStatus.RESCHEDULED


def slot_freed(*, appointment_id: int, now: datetime) -> Cancellation | None:
    """The time of a visit that was cancelled or moved is to be had: as a slot, or the one it filled again."""
    visit = Appointment.objects.filter(pk=appointment_id).first()
    if visit is None or not visit.fills_slot:
        return opening.open_freed(appointment_id=appointment_id, now=now)
    if Appointment.objects.active().filter(fills_slot=visit.fills_slot).exists():
        return None
    if visit.offer_from is not None and visit.offer_from > now:
        # It may be taken back, and the standby would have been told for nothing.
        return None
    try:
        return _reopen(visit, now)
    except transitions.StaleState:
        return None


@transaction.atomic
def _reopen(visit: Appointment, now: datetime) -> Cancellation:
    slot_id, why = visit.fills_slot or 0, "the visit is off"
    if not visit.ask_first:
        return reopen(cancellation_id=slot_id, by=audit.SYSTEM, now=now, reason=why)
    slot = _opened_again(slot_id, by=audit.SYSTEM, now=now, reason=why)
    # Nobody has it by itself, the standby neither: a person says who.
    slots.move(slot, to=CancellationStatus.PAUSED, now=now, paused_by=audit.SYSTEM)
    return slot


def _standby_takes(slot: Cancellation, by: str, now: datetime) -> bool:
    offers = slots.offers_of(slot)
    standbys = [offer for offer in offers if offer.status == OfferStatus.STANDBY]
    for offer in sorted(standbys, key=lambda offer: offer.responded_at or now):
        # Whoever has said STOP since could not be told of the visit.
        if not optout.is_suppressed(channels.address_of(offer)):
            outcome = accepting.take(slot=slot, offers=offers, offer=offer, by=by, now=now)
            if outcome == accepting.Outcome.WON:
                return True
        transitions.move(offer, to=OfferStatus.WITHDRAWN, arrows=OFFER_ARROWS)
    return False
