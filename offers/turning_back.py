"""A slot that was won cannot be had after all: its winner is told so, and the next one is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from clinic import booking, cancelling, reaching
from clinic.models import Appointment
from core import audit, transitions
from messaging import outbox
from messaging.models import Kind, Message
from offers import accepting, channels, reopening, slots, texts, withdrawing
from offers.models import Cancellation, Offer
from offers.states import FILLABLE, CancellationStatus, OfferStatus
from waitlist import joining
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

REASON = "refused by the EHR"
# So long after a YES the word that it came to nothing is still its answer, whatever the hour.
ANSWERS_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A filled slot and its visit, locked; the later visit that its winner gave up, and the slot of that."""

    slot: Cancellation
    visit: Appointment
    given_up: Appointment | None
    freed: Cancellation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """The ids of the later visit that the winner gave up and of the one that stands in its place again."""

    given_up: int | None = None
    stands_again: int | None = None


def hold(*, appointment_id: int) -> Held | None:
    """Lock the slot that a visit fills, with all that turning back touches; None where it fills none now.

    The caller is in a transaction. Slots by their ids, then entries, then visits, as everywhere.
    """
    slot_id: int | None = (
        Appointment.objects.filter(pk=appointment_id).values_list("fills_slot", flat=True).first()
    )
    slot = Cancellation.objects.filter(pk=slot_id or 0, status=CancellationStatus.FILLED).first()
    if slot is None:
        return None
    later = given_up(appointment_id=appointment_id)
    slots_of_it = Cancellation.objects.filter(appointment=later, appointment__isnull=False)
    freed = slots_of_it.order_by("-pk").first()
    held = {pk: slots.locked(pk) for pk in sorted({slot.pk, freed.pk if freed else slot.pk})}
    _hold_entries(appointment_id)
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True).active()
    visit = rows.filter(pk=appointment_id).first()
    if visit is None or held[slot.pk].status != CancellationStatus.FILLED:
        return None
    also = held[freed.pk] if freed else None
    return Held(slot=held[slot.pk], visit=visit, given_up=later, freed=also)


def _hold_entries(appointment_id: int) -> None:
    """The winner's entries: the one that won waits again, those of the later visit follow it."""
    rows = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True)
    theirs = rows.filter(patient__appointments=appointment_id).order_by("pk")
    list(theirs.values_list("pk", flat=True))


@transaction.atomic
def turn_back(*, held: Held, by: str, now: datetime, goes_on: bool = True) -> Turned:
    """Undo the booking: the later visit stands again where its time is still free, the winner is told which,
    and the standby has the slot, or the next round.

    Unless it `goes_on` the slot waits for a person instead. Raises StaleState for a visit that is not booked.
    """
    slot, visit, old = held.slot, held.visit, held.given_up
    offer = slot.offers.filter(status=OfferStatus.ACCEPTED).select_related("patient").first()
    # The winner is told below, in words of its own.
    quietly = {"offer_slot": False, "tells_patient": False}
    cancelling.cancel(appointment_id=visit.pk, by=by, now=now, reason=REASON, **quietly)
    reopening.release_winner(slot, by, now)
    again = _stands_again(held, by, now)
    name = "undone" if old is None else "undone_kept" if again is not None else "undone_lost"
    _tell(name, held, offer, now)
    audit.record(actor=by, verb="slot.turned_back", obj=slot, at=now, reason=REASON, told=name)
    _free(slot, by, now, goes_on)
    return Turned(given_up=old.pk if old else None, stands_again=again.pk if again else None)


def given_up(*, appointment_id: int) -> Appointment | None:
    """The later visit that was cancelled in the instant in which its patient won this one."""
    visit = Appointment.objects.get(pk=appointment_id)
    entries = WaitlistEntry.objects.filter(
        patient=visit.patient_id, changed_at=visit.created_at, status=EntryStatus.MATCHED
    )
    theirs = Appointment.objects.filter(pk__in=entries.values("current_appointment"))
    return theirs.filter(cancel_reason=accepting.MOVED).order_by("-pk").first()


def _stands_again(held: Held, by: str, now: datetime) -> Appointment | None:
    """A new row in the place of the later visit, with the wish that hung on it; None: its time is gone."""
    old = held.given_up
    if old is None or old.starts_at <= now or _is_given_away(old):
        return None
    try:
        with transaction.atomic():
            again = booking.place(
                booking=replace(booking.as_before(old), tells_patient=False), by=by, now=now
            )
    except booking.BookingError:
        return None
    if held.freed is not None and held.freed.status in FILLABLE:
        withdrawing.take_back(slot=held.freed, by=by, now=now, reason="the visit stands again")
    entries = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).in_line()
    for entry in entries.filter(current_appointment=old).order_by("pk"):
        joining.follow(entry=entry, visit=again, by=by, now=now)
    return again


def _is_given_away(old: Appointment) -> bool:
    """Whether we have booked somebody into its time since; what another system put there is beside it."""
    then = Appointment.objects.active().overlapping(old.starts_at, old.ends_at)
    ours = Q(is_fact=False) | Q(fills_slot__isnull=False)
    return then.filter(ours, provider=old.provider_id).exists()


def _free(slot: Cancellation, by: str, now: datetime, goes_on: bool) -> None:
    again = CancellationStatus.OPEN if slot.is_shadow else CancellationStatus.OFFERING
    try:
        slots.start_again(slot, to=again, now=now)
    except transitions.StaleState:
        # The time is on offer as another slot, which goes its own way.
        return
    gone = slots.gone(slot)
    if gone is not None or now >= slot.starts_at:
        why = gone.why if gone is not None else "it has begun"
        withdrawing.take_back(slot=slot, by=by, now=now, reason=why)
    elif not goes_on:
        slots.move(slot, to=CancellationStatus.PAUSED, now=now, paused_by=by)
    else:
        reopening.go_on(slot, by, now)


def _tell(name: str, held: Held, offer: Offer | None, now: datetime) -> None:
    """The winner's text, by the way of the question; who was booked by phone has one where any reaches."""
    visit, slot = held.visit, held.slot
    key = f"undone:{visit.pk}"
    if offer is not None:
        reply_to = _yes(offer, now)
        drafts = [texts.draft(name, offer=offer, slot=slot, key=key, reply_to=reply_to)]
    else:
        drafts = _by_phone(name, held, key)
    outbox.queue(drafts=drafts, now=now)


def _yes(offer: Offer, now: datetime) -> int | None:
    """The text that said YES, where it came so lately that this is still its answer."""
    said = Message.objects.filter(logical_key=f"confirmation:{offer.pk}", created_at__gt=now - ANSWERS_FOR)
    return said.values_list("in_reply_to_id", flat=True).first()


def _by_phone(name: str, held: Held, key: str) -> list[outbox.Draft]:
    patient, slot = held.visit.patient, held.slot
    channel = channels.in_writing(patient, name=name)
    if channel is None:
        return []
    text = texts.compose(name, language=patient.language, clinic=slot.clinic, slot=slot, channel=channel)
    return [
        outbox.Draft(
            kind=Kind.UNDONE,
            to=reaching.address(patient, text.channel),
            key=key,
            related=texts.related(slot=slot, patient_id=patient.pk),
            priority=texts.PRIORITIES[Kind.UNDONE],
            **text.fields(),
        )
    ]
