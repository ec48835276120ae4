"""What an offer asks of the calendar's rules: its room, an open clinic, and no visit too soon."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic import booking, cancelling
from clinic.models import Appointment, Closure, Resource
from core.transitions import StaleState
from messaging.models import Message
from offers import accepting, hurrying, opening, rounds, withdrawing
from offers.accepting import Outcome
from offers.models import Cancellation, Offer
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    OfferFactory,
    WaitlistEntryFactory,
    in_hours,
)
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db


def closed(slot: Cancellation | Appointment, *, days: int = 0) -> None:
    """The clinic closes on the day of the slot, by its own calendar, or so many days after it."""
    on = slot.starts_at.astimezone(slot.clinic.zone).date() + timedelta(days=days)
    Closure.objects.create(clinic=slot.clinic, first_on=on, last_on=on)


def room_of(visit: Appointment) -> Resource:
    room: Resource = Resource.objects.create(clinic=visit.clinic, name="Room 1", kind="room")
    visit.resources.set([room])
    return room


def freed(now: datetime) -> tuple[Cancellation, Resource]:
    """The slot of a visit that was cancelled, and the room that it had."""
    visit = AppointmentFactory()
    room = room_of(visit)
    cancelling.cancel(appointment_id=visit.pk, by="desk", now=now, tells_patient=False)
    slot = opening.open_freed(appointment_id=visit.pk, now=now)
    assert slot is not None
    return slot, room


def takes(room: Resource, slot: Cancellation) -> Appointment:
    """Another provider's visit has the room in the time of the slot."""
    visit: Appointment = AppointmentFactory(clinic=slot.clinic, starts_at=slot.starts_at)
    visit.resources.set([room])
    return visit


def asked(slot: Cancellation) -> Offer:
    offer: Offer = OfferFactory(cancellation=slot, hold_expires_at=in_hours(1))
    return offer


def kinds() -> list[str]:
    texts = Message.objects.filter(direction="outbound").order_by("pk")
    return [text.template.partition("/")[0] for text in texts]


def state(slot: Cancellation) -> str:
    slot.refresh_from_db()
    return str(slot.status)


def test_nobody_is_asked_for_a_day_on_which_the_clinic_is_closed(now: datetime) -> None:
    slot = CancellationFactory()
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    closed(slot)
    with pytest.raises(StaleState, match="closed on that day"):
        hurrying.next_round(cancellation_id=slot.pk, by="desk", now=now)
    assert rounds.advance(cancellation_id=slot.pk, now=now) == "the clinic is closed then"
    assert (state(slot), kinds()) == ("withdrawn", [])


def test_a_closed_day_cannot_be_logged(now: datetime) -> None:
    visit = AppointmentFactory()
    closed(visit)
    about: dict[str, Any] = {"clinic_id": visit.clinic_id, "provider_id": visit.provider_id}
    about |= {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "visit_type_id": visit.visit_type_id}
    with pytest.raises(opening.BadSlot, match="closed on that day"):
        opening.open_slot(slot=opening.NewSlot(**about), by="desk", now=now)
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.parametrize("days", [-1, 1])
def test_the_days_before_and_after_are_open(now: datetime, days: int) -> None:
    slot = CancellationFactory()
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    closed(slot, days=days)
    assert rounds.advance(cancellation_id=slot.pk, now=now) == "asked 1"


def test_a_yes_for_a_day_that_was_closed_meanwhile_is_answered_truthfully(now: datetime) -> None:
    slot = CancellationFactory()
    offer, other = asked(slot), asked(slot)
    closed(slot)
    assert accepting.accept(offer_id=offer.pk, now=now) == Outcome.CLOSED
    assert (state(slot), kinds()) == ("withdrawn", ["recall"])
    assert Message.objects.get().related["offer"] == other.pk
    assert not Appointment.objects.exists()


def test_staff_cannot_fill_it_either(now: datetime) -> None:
    slot = CancellationFactory()
    patient = asked(slot).patient_id
    closed(slot)
    with pytest.raises(booking.ClinicClosed):
        accepting.fill(cancellation_id=slot.pk, patient_id=patient, by="desk", now=now)
    assert state(slot) == "open"


def test_the_winner_has_the_room_of_the_visit_that_was_there(now: datetime) -> None:
    slot, room = freed(now)
    assert accepting.accept(offer_id=asked(slot).pk, now=now) == Outcome.WON
    visit = Appointment.objects.get(fills_slot=slot.pk)
    assert list(visit.resources.all()) == [room]


def test_a_time_whose_room_was_given_away_is_offered_to_nobody(now: datetime) -> None:
    slot, room = freed(now)
    offer, other = asked(slot), asked(slot)
    visit = takes(room, slot)
    assert accepting.accept(offer_id=offer.pk, now=now) == Outcome.CLOSED
    assert (state(slot), kinds()) == ("withdrawn", ["recall"])
    assert Message.objects.get().related["offer"] == other.pk
    assert list(Appointment.objects.active()) == [visit]


def test_whoever_was_asked_hears_at_once_that_the_room_is_taken(now: datetime) -> None:
    slot, room = freed(now)
    asked(slot)
    visit = takes(room, slot)
    assert withdrawing.booked_elsewhere(appointment_id=visit.pk, now=now) == 1
    assert (state(slot), kinds()) == ("withdrawn", ["recall"])


@pytest.mark.parametrize(
    ("days", "status", "reason"),
    [
        (6, "completed", Reason.TOO_SOON),
        (6, "booked", Reason.TOO_SOON),
        (7, "completed", Reason.ELIGIBLE),
        (6, "no_show", Reason.ELIGIBLE),
    ],
)
def test_nobody_is_asked_too_soon_after_the_last_visit_of_the_kind(
    now: datetime, days: int, status: str, reason: Reason
) -> None:
    slot = CancellationFactory(visit_type__min_interval_days=7)
    entry = WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    # An hour later on that day: days of the calendar count.
    at = slot.starts_at - timedelta(days=days) + timedelta(hours=1)
    last = {"patient": entry.patient, "visit_type": slot.visit_type, "status": status}
    AppointmentFactory(**last, starts_at=at)
    rounds.advance(cancellation_id=slot.pk, now=now)
    decided = slot.rounds.get()
    assert (decided.entry_ids, decided.reasons) == ([entry.pk], [reason])
