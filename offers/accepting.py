"""Exactly one winner: by text, by a phone call, or as the standby."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import booking, cancelling, filing
from clinic.models import Appointment, Patient
from clinic.states import AppointmentStatus
from core import audit, prepared, transitions
from messaging import outbox
from offers import opening, slots, texts, withdrawing
from offers.models import Cancellation, Offer
from offers.states import FILLABLE, OFFER_ARROWS, CancellationStatus, OfferStatus
from waitlist import joining
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

# The words by which a visit that was given up for an earlier one is known.
MOVED = "moved to an earlier time"


class Outcome(StrEnum):
    """What became of a yes."""

    WON = "won"
    # Somebody else has the slot.
    TAKEN = "taken"
    # Nobody can have the slot any more.
    CLOSED = "closed"
    # The patient has another visit then, or has left the waitlist.
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Winner:
    patient: Patient
    entry: WaitlistEntry | None
    offer: Offer | None


@transaction.atomic
def accept(*, offer_id: int, now: datetime, reply_to: int | None = None) -> Outcome:
    """Give the slot to the patient who was asked, if it can still be had.

    The slot is booked, the winner's old visit freed, and everybody told, or nothing happens at all.
    `reply_to` is the message that said yes. Raises Offer.DoesNotExist.
    """
    asked = Offer.objects.only("cancellation_id").get(pk=offer_id)
    # Looked at again under the lock: everything about it may have changed while we waited.
    slot, offers = slots.locked_with_offers(asked.cancellation_id)
    offer = next(offer for offer in offers if offer.pk == offer_id)
    return take(slot=slot, offers=offers, offer=offer, by="patient", now=now, reply_to=reply_to)


def take(
    *,
    slot: Cancellation,
    offers: list[Offer],
    offer: Offer,
    by: str,
    now: datetime,
    reply_to: int | None = None,
) -> Outcome:
    """`accept` one of the slot's `offers`, for a caller that holds the slot."""
    if slot.status == CancellationStatus.FILLED:
        return Outcome.TAKEN
    if slot.status not in FILLABLE or now >= slot.starts_at:
        return Outcome.CLOSED
    if OfferStatus.ACCEPTED not in _ways_on(offer):
        return Outcome.CLOSED
    winner = _Winner(patient=offer.patient, entry=offer.entry, offer=offer)
    try:
        with transaction.atomic():
            visit = _book(slot, winner, by, now)
    except booking.TimeGone as gone:
        # The calendar has given the time away: nobody else is to be asked for it.
        Offer.objects.filter(pk=offer.pk).update(responded_at=now)
        withdrawing.take_back(slot=slot, by=audit.SYSTEM, now=now, reason=gone.why)
        return Outcome.CLOSED
    except (booking.PatientBusy, transitions.StaleState):
        return Outcome.BUSY
    key = f"confirmation:{offer.pk}"
    confirmation = texts.draft("confirmation", offer=offer, slot=slot, key=key, reply_to=reply_to)
    _tell(slot, offers, confirmation, now)
    filing.keep(visit=visit, now=now)
    return Outcome.WON


@transaction.atomic
def fill(*, cancellation_id: int, patient_id: int, by: str, now: datetime) -> Appointment:
    """Book the slot for a patient who was spoken to on the phone: the same lock and the same texts.

    Raises StaleState where somebody was faster, and booking.BookingError where the calendar says no.
    """
    slot, offers = slots.locked_with_offers(cancellation_id)
    slots.require(slot, *FILLABLE)
    patient = Patient.objects.get(pk=patient_id)
    entries = WaitlistEntry.objects.in_line().filter(
        patient=patient, clinic_id=slot.clinic_id, visit_type_id=slot.visit_type_id
    )
    entry = entries.order_by("pk").first()
    theirs = (each for each in offers if entry is not None and each.entry_id == entry.pk)
    offer = next((each for each in theirs if OfferStatus.ACCEPTED in _ways_on(each)), None)
    appointment = _book(slot, _Winner(patient=patient, entry=entry, offer=offer), by, now)
    if not slot.is_shadow:
        # In shadow nobody was asked, and not even the confirmation leaves: staff have told the patient.
        told = texts.booked_by_phone(slot=slot, patient=patient, appointment=appointment)
        _tell(slot, offers, told, now)
    filing.keep(visit=appointment, now=now)
    return appointment


def _ways_on(offer: Offer) -> frozenset[str]:
    return OFFER_ARROWS.get(offer.status, frozenset())


def _book(slot: Cancellation, winner: _Winner, by: str, now: datetime) -> Appointment:
    entry, offer = winner.entry, winner.offer
    if entry is not None:
        if entry.status not in (EntryStatus.WAITING, EntryStatus.PAUSED):
            raise transitions.StaleState(_("This patient has left the waitlist."))
        joining.match(entry=entry, now=now)
    old = _later_visit(slot, entry)
    if old is not None:
        # First out, then in: the two may overlap. The confirmation says that it replaces any later visit.
        cancelling.cancel(appointment_id=old.pk, by=by, now=now, reason=MOVED, tells_patient=False)
    new = booking.NewBooking(
        clinic_id=slot.clinic_id,
        provider_id=slot.provider_id,
        patient_id=winner.patient.pk,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        source=Appointment.Source.OFFER if offer else Appointment.Source.STAFF,
        fills_slot=slot.pk,
        resource_ids=slots.rooms_of(slot),
    )
    # Its file and its number come last, as bookings at a clinic take turns from there.
    appointment = booking.enter(booking=new, by=by, now=now)
    if offer is not None:
        responded_at = offer.responded_at or now
        transitions.move(offer, to=OfferStatus.ACCEPTED, arrows=OFFER_ARROWS, responded_at=responded_at)
    slots.move(slot, to=CancellationStatus.FILLED, now=now, closed_at=now, unfilled_reason="")
    audit.record(actor=by, verb="slot.filled", obj=slot, at=now, appointment=appointment.pk)
    if old is not None:
        opening.open_freed(appointment_id=old.pk, now=now)
    return appointment


def _later_visit(slot: Cancellation, entry: WaitlistEntry | None) -> Appointment | None:
    if entry is None or entry.current_appointment_id is None:
        return None
    old = Appointment.objects.get(pk=entry.current_appointment_id)
    later = old.status == AppointmentStatus.BOOKED and old.starts_at > slot.starts_at
    return old if later else None


def _tell(slot: Cancellation, offers: list[Offer], confirmation: outbox.Draft | None, now: datetime) -> None:
    """Tell the winner, and everybody who was asked and has not said no that the time is taken."""
    others = [offer for offer in offers if offer.status in (OfferStatus.PENDING, OfferStatus.EXPIRED)]
    asked = [offer for offer in others if offer.hold_expires_at]
    _close(asked, OfferStatus.TAKEN)
    _close([offer for offer in others if not offer.hold_expires_at], OfferStatus.WITHDRAWN)
    taken = [
        texts.draft("taken", offer=offer, slot=slot, key=f"taken:{offer.pk}")
        for offer in asked
        if offer.responded_at is None
    ]
    outbox.queue(drafts=taken if confirmation is None else [confirmation, *taken], now=now)


def _close(offers: list[Offer], to: OfferStatus) -> None:
    if offers:
        with prepared.cursor() as cursor:
            ids = [offer.pk for offer in offers]
            cursor.execute("UPDATE offers_offer SET status = %s WHERE id = ANY(%s)", [to, ids])
