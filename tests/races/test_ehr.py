"""Meetings about one booking that an EHR has to learn of."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from clinic import booking, cancelling
from clinic.booking import NewBooking
from integrations.models import WriteBack
from integrations.writing_back import by_hand, sending
from tests.factories import ClinicFactory, PatientFactory, ProviderFactory, VisitTypeFactory
from tests.integrations import connecting
from tests.integrations.connecting import Connected
from tests.races.race import TIMES, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connected(settings: Any) -> Iterator[Connected]:
    clinic = ClinicFactory.create()
    provider = ProviderFactory.create(clinics=[clinic])
    with connecting.connected("drchrono", clinic=clinic, provider=provider, settings=settings) as found:
        yield found


def booked(connected: Connected, *, number: int) -> WriteBack:
    """A visit that staff have just booked, an hour after the one before."""
    clinic, person = connected.source.clinics.get(), PatientFactory.create()
    connected.knows(person)
    starts_at = timezone.now() + timedelta(days=3, hours=number)
    wish = NewBooking(
        clinic_id=clinic.pk,
        provider_id=clinic.providers.get().pk,
        patient_id=person.pk,
        visit_type_id=VisitTypeFactory.create().pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    visit = booking.book(booking=wish, by="frontdesk", now=timezone.now())
    return WriteBack.objects.get(appointment=visit)


def test_two_workers_write_one_booking_once(connected: Connected) -> None:
    for number in range(TIMES):
        row = booked(connected, number=number)

        def send(row: WriteBack = row) -> None:
            sending.send(write_back_id=row.pk, clock=timezone.now)

        at_once(send, send, send)
        row.refresh_from_db()
        assert row.status == "done"
    assert len(connected.ehr.orders) == TIMES


def test_of_two_colleagues_one_settles_a_task(connected: Connected) -> None:
    for number in range(TIMES):
        row = booked(connected, number=number)
        WriteBack.objects.filter(pk=row.pk).update(status="by_hand", next_attempt_at=None)

        def confirm(row: WriteBack = row) -> None:
            by_hand.confirm(write_back_id=row.pk, by="eve", now=timezone.now())

        def refuse(row: WriteBack = row) -> None:
            by_hand.refuse(write_back_id=row.pk, by="bob", now=timezone.now())

        at_once(confirm, refuse)
        row.refresh_from_db()
        assert (row.status, row.done_by) in (("done", "eve"), ("refused", "bob"))


def test_a_booking_that_is_cancelled_while_it_is_sent_is_cancelled_there(connected: Connected) -> None:
    for number in range(TIMES):
        row = booked(connected, number=number)

        def send(row: WriteBack = row) -> None:
            sending.send(write_back_id=row.pk, clock=timezone.now)

        def cancel(row: WriteBack = row) -> None:
            cancelling.cancel(appointment_id=row.appointment_id, by="bob", now=timezone.now())

        at_once(send, cancel)
        WriteBack.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        for each in WriteBack.objects.filter(appointment=row.appointment).order_by("pk"):
            sending.send(write_back_id=each.pk, clock=timezone.now)
    assert set(connected.standing()) <= {"cancelled"}
    connection.close()
