"""Visits out of another calendar, many at once: together or not at all, and told to nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from clinic import booking, carrying_over, scheduling
from clinic.booking import NewBooking
from clinic.carrying_over import Carried
from clinic.models import Appointment, ClinicFile, FileCount, Resource
from integrations.models import WriteBack
from offers import tasks, withdrawing
from tests import factories
from tests.factories_of_feeds import SourceFactory

pytestmark = pytest.mark.django_db


def carried(clinic: Any, *, hours: float = 48, status: str = "booked", **said: Any) -> Carried:
    start = timezone.now() + timedelta(hours=hours)
    usual: dict[str, Any] = {
        "provider_id": lambda: factories.ProviderFactory(clinics=[clinic]).pk,
        "patient_id": lambda: factories.PatientFactory().pk,
        "visit_type_id": lambda: factories.VisitTypeFactory().pk,
    }
    ids = {name: said.pop(name, None) or make() for name, make in usual.items()}
    said |= {"starts_at": start, "ends_at": start + timedelta(minutes=30)}
    return Carried(booking=NewBooking(clinic_id=clinic.pk, **ids, **said), status=status)


def carry(clinic: Any, *visits: Carried) -> list[Appointment]:
    now = timezone.now()
    return carrying_over.carry_over(visits=visits, clinic_id=clinic.pk, by="manager", now=now)


def test_files_are_opened_without_a_gap_and_once() -> None:
    clinic = factories.ClinicFactory(code="LAKE")
    first = carried(clinic)
    again = carried(clinic, hours=72, patient_id=first.booking.patient_id)
    carry(clinic, again, first)
    carry(clinic, carried(clinic, hours=96, patient_id=first.booking.patient_id), carried(clinic))
    files = list(ClinicFile.objects.order_by("seq").values_list("seq", "number", "provider"))
    assert files[0] == (1, f"{first.booking.patient_id:06d}-LAKE-1", first.booking.provider_id)
    assert [seq for seq, *_ in files] == [1, 2]
    assert FileCount.objects.get().last == 2


@pytest.mark.parametrize(("hours", "status"), [(48, "completed"), (-48, "booked"), (-48, "cancelled")])
def test_a_visit_cannot_stand_where_its_time_does_not_let_it(hours: float, status: str) -> None:
    clinic = factories.ClinicFactory()
    with pytest.raises(booking.BadTime):
        carry(clinic, carried(clinic), carried(clinic, hours=hours, status=status))
    assert not Appointment.objects.exists()


def test_what_was_booked_meanwhile_is_seen_under_the_lock() -> None:
    clinic = factories.ClinicFactory()
    visit = carried(clinic)
    factories.AppointmentFactory(provider_id=visit.booking.provider_id, starts_at=visit.booking.starts_at)
    with pytest.raises(scheduling.Conflicting):
        carry(clinic, carried(clinic), visit)
    assert Appointment.objects.count() == 1


def test_what_is_booked_after_the_last_look_meets_the_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = factories.ClinicFactory()
    visit = carried(clinic)
    factories.AppointmentFactory(provider_id=visit.booking.provider_id, starts_at=visit.booking.starts_at)
    monkeypatch.setattr(scheduling, "against_all", lambda **_: [[]])
    with pytest.raises(booking.SlotTaken) as refused:
        carry(clinic, visit)
    assert isinstance(refused.value.__context__, IntegrityError)
    assert "Key" not in str(refused.value)


def test_a_room_of_another_clinic_is_refused() -> None:
    clinic = factories.ClinicFactory()
    room = Resource.objects.create(clinic=factories.ClinicFactory(), name="Room 1", kind="room")
    with pytest.raises(booking.ResourceTaken):
        carry(clinic, carried(clinic, resource_ids=(room.pk,)))


def test_only_those_wake_somebody_whose_time_is_being_offered(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[dict[str, int]] = []
    monkeypatch.setattr(tasks.time_booked, "apply_async", lambda kwargs, **_: woken.append(kwargs))
    slot = factories.CancellationFactory()
    start = (slot.starts_at - timezone.now()) / timedelta(hours=1)
    taken = carried(slot.clinic, hours=start, provider_id=slot.provider_id)
    with django_capture_on_commit_callbacks(execute=True):
        rows = carry(slot.clinic, taken, carried(slot.clinic))
    (visit,) = (row for row in rows if row.provider_id == slot.provider_id)
    assert woken == [{"appointment_id": visit.pk}]
    assert withdrawing.booked_elsewhere(appointment_id=visit.pk, now=timezone.now()) == 1


def test_an_ehr_is_not_told_of_what_it_is_taken_to_know() -> None:
    clinic = factories.ClinicFactory()
    SourceFactory(clinics=[clinic])
    (visit,) = carry(clinic, carried(clinic))
    assert not WriteBack.objects.exists()
    now = timezone.now()
    moved = booking.reschedule(
        appointment_id=visit.pk, starts_at=visit.starts_at + timedelta(days=1), by="manager", now=now
    )
    assert WriteBack.objects.get().appointment_id == moved.pk
