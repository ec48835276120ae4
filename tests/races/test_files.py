"""However many book at once, a patient has one file at a clinic, and its files are counted without a gap."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from django.utils import timezone

from clinic import attending, booking
from clinic.models import Appointment, ClinicFile, Notice
from core.models import AuditEvent
from ops import invariants
from tests.clinic.test_booking import wanted
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, ProviderFactory, in_hours
from tests.races.race import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TIMES = 5


def book(new: booking.NewBooking) -> None:
    with suppress(booking.BookingError):
        booking.book(booking=new, by="desk", now=timezone.now())


def test_two_first_bookings_of_one_patient_make_one_file() -> None:
    for _ in range(TIMES):
        like = AppointmentFactory()
        patient, clinic = PatientFactory(), like.clinic
        both = [
            wanted(like, hours=hours, patient_id=patient.pk, is_fact=is_fact)
            for hours, is_fact in ((100, False), (101, False), (102, True), (103, True))
        ]
        at_once(*[partial(book, new) for new in both])
        assert list(ClinicFile.objects.filter(clinic=clinic).values_list("seq", flat=True)) == [1]
        assert Appointment.objects.filter(patient=patient).count() == 4
    assert Notice.objects.count() == 4 * TIMES
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_first_bookings_of_many_patients_are_counted_without_a_gap() -> None:
    clinic = ClinicFactory()
    providers = [ProviderFactory(clinics=[clinic]) for _ in range(3)]
    like = AppointmentFactory(clinic=clinic, provider=providers[0])
    for round_ in range(TIMES):
        # Two of the four want one provider at one time: one of them is undone.
        wishes = [
            wanted(like, hours=10 + round_, patient_id=PatientFactory().pk, provider_id=providers[n % 3].pk)
            for n in range(4)
        ]
        at_once(*[partial(book, new) for new in wishes])
    counted = ClinicFile.objects.filter(clinic=clinic).order_by("seq").values_list("seq", flat=True)
    assert list(counted) == list(range(1, 3 * TIMES + 1))


def test_two_workers_record_each_no_show_once() -> None:
    for _ in range(TIMES):
        AppointmentFactory(starts_at=in_hours(-60))
    at_once(*[lambda: attending.sweep_missed(now=timezone.now())] * 3)
    assert AuditEvent.objects.filter(verb="appointment.no_show").count() == TIMES
    assert set(Appointment.objects.values_list("status", flat=True)) == {"no_show"}
