"""The EHR refuses what was won, and its feed speaks of the visit given up for it, in one instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic import booking
from clinic.booking import NewBooking
from clinic.models import Appointment
from integrations import applying
from integrations.facts import Code, Person, Standing, VisitFact
from integrations.models import VisitKey, VisitLink, WriteBack
from integrations.writing_back import by_hand
from offers import accepting, opening
from tests.factories import WaitlistEntryFactory
from tests.integrations import connecting
from tests.integrations.connecting import Connected
from tests.races.race import TIMES, World, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db: None) -> World:
    return World.make(people=0)


@pytest.fixture
def connected(world: World, settings: Any) -> Iterator[Connected]:
    there = {"clinic": world.clinic, "provider": world.provider, "settings": settings}
    with connecting.connected("drchrono", **there) as found:
        yield found


def later_visit(world: World, connected: Connected, number: int) -> Appointment:
    """What the EHR knows as V and the number."""
    entry = WaitlistEntryFactory.create(clinic=world.clinic, visit_type=world.visit_type, provider=None)
    connected.knows(entry.patient)
    starts_at = timezone.now() + timedelta(days=9, hours=number)
    wish = NewBooking(
        clinic_id=world.clinic.pk,
        provider_id=world.provider.pk,
        patient_id=entry.patient_id,
        visit_type_id=world.visit_type.pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    visit = booking.book(booking=wish, by="frontdesk", now=timezone.now())
    type(entry).objects.filter(pk=entry.pk).update(current_appointment=visit)
    WriteBack.objects.filter(appointment=visit).update(status="done", next_attempt_at=None)
    link = VisitLink.objects.create(source=connected.source, appointment=visit, changed_at=timezone.now())
    VisitKey.objects.create(source=connected.source, key=f"V{number}", link=link)
    return visit


def won(world: World, later: Appointment, number: int) -> WriteBack:
    """The patient has an earlier time instead, which waits for somebody to enter it there."""
    now = timezone.now()
    starts_at = now + timedelta(days=3, hours=number)
    slot = opening.NewSlot(
        clinic_id=world.clinic.pk,
        provider_id=world.provider.pk,
        visit_type_id=world.visit_type.pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    free = opening.open_slot(slot=slot, by="desk", now=now)
    visit = accepting.fill(
        cancellation_id=free.pk, patient_id=later.patient_id, by="desk", now=timezone.now()
    )
    WriteBack.objects.filter(appointment=visit).update(status="by_hand", next_attempt_at=None)
    return WriteBack.objects.get(appointment=visit)


def test_the_visit_that_was_given_up_stands_once_whoever_is_first(world: World, connected: Connected) -> None:
    for number in range(TIMES):
        later = later_visit(world, connected, number)
        row = won(world, later, number)
        fact = VisitFact(
            keys=(f"V{number}",),
            said_at=timezone.now(),
            standing=Standing.BOOKED,
            starts_at=later.starts_at,
            ends_at=later.ends_at,
            clinic=Code(value="5"),
            provider=Code(value="9"),
            person=Person(ids=(f"P{later.patient_id}",)),
        )

        def refuse(row: WriteBack = row) -> None:
            by_hand.refuse(write_back_id=row.pk, by="eve", now=timezone.now())

        def hear(fact: VisitFact = fact) -> None:
            applying.apply(fact=fact, source=connected.source, by="feed", now=timezone.now(), may_offer=True)

        at_once(refuse, hear)
        stands = Appointment.objects.active().filter(patient=later.patient_id)
        assert [visit.starts_at for visit in stands.order_by("pk")] == [later.starts_at]
