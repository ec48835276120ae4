"""However many want a room in one instant, one visit has it; who comes second is told the truth."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from django.utils import timezone

from clinic import booking, cancelling
from clinic.models import Appointment, Resource
from messaging.models import Message
from offers.models import Cancellation
from tests.clinic.test_booking import wanted
from tests.factories import AppointmentFactory, PatientFactory, ProviderFactory, in_hours
from tests.races.race import World, answers, at_once, held, says, settle

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TIMES = 8


def room_at(visit: Appointment, name: str = "Room 1") -> Resource:
    room: Resource = Resource.objects.create(clinic=visit.clinic, name=name, kind="room")
    return room


def of_somebody_else(visit: Appointment, *rooms: Resource, hours: float = 48) -> booking.NewBooking:
    """Another patient's visit to another provider, in these rooms."""
    who = {"patient_id": PatientFactory().pk, "provider_id": ProviderFactory(clinics=[visit.clinic]).pk}
    return wanted(visit, hours=hours, resource_ids=tuple(room.pk for room in rooms), **who)


def book(new: booking.NewBooking) -> None:
    with suppress(booking.ResourceTaken):
        booking.book(booking=new, by="desk", now=timezone.now())


def test_of_two_bookings_of_one_room_one_is_refused() -> None:
    for _ in range(TIMES):
        visit = AppointmentFactory(starts_at=in_hours(500))
        first, second = room_at(visit), room_at(visit, "Room 2")
        both_ways = [of_somebody_else(visit, first, second), of_somebody_else(visit, second, first)]
        at_once(*[partial(book, new) for new in (*both_ways, of_somebody_else(visit, first))])
        assert Appointment.objects.active().filter(resources=first).count() == 1


def freed_with_a_room(world: World) -> tuple[Cancellation, Resource]:
    """A visit is cancelled, and those who wait are asked for its time in its room."""
    same = {"clinic": world.clinic, "provider": world.provider, "visit_type": world.visit_type}
    visit = AppointmentFactory(starts_at=in_hours(48), **same)
    room = room_at(visit)
    visit.resources.set([room])
    cancelling.cancel(appointment_id=visit.pk, by="desk", now=timezone.now(), tells_patient=False)
    settle()
    return Cancellation.objects.get(appointment=visit), room


def test_a_yes_against_a_booking_of_its_room_gives_the_room_once_and_tells_everybody() -> None:
    for _ in range(TIMES):
        slot, room = freed_with_a_room(World.make(people=2))
        offer = slot.offers.order_by("rank")[0]
        assert slot.appointment is not None
        elsewhere = of_somebody_else(slot.appointment, room)
        at_once(*answers([says(offer, "YES")]), partial(book, elsewhere))
        held(slot)
        (visit,) = Appointment.objects.active().filter(resources=room)
        is_winner = visit.fills_slot == slot.pk
        offer.refresh_from_db()
        assert (offer.status == "accepted") == is_winner
        told = Message.objects.filter(to=offer.phone, direction="outbound").order_by("-pk")[0]
        assert (told.kind == "confirmation", told.kind in ("expired", "taken")) == (is_winner, not is_winner)
