"""Two patients become one: what hangs on the visits goes with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from clinic import merging
from clinic.models import Clinic, ClinicFile, Patient
from outreach.models import Reminder
from tests.factories import PatientFactory
from tests.outreach.reminding import booked, day_clinic, states

pytestmark = pytest.mark.django_db


def merged(*, into: Patient, clinic: Clinic | None = None, **gone: Any) -> Any:
    """A visit of a patient who is found to be the other one."""
    visit = booked(clinic=clinic, **gone)
    merging.merge(kept_id=into.pk, gone_id=visit.patient_id, by="desk", now=timezone.now())
    visit.refresh_from_db()
    return visit


def test_who_stays_has_a_file_where_the_visits_are() -> None:
    clinic, kept = day_clinic(code="LAKE"), PatientFactory()
    visit = merged(into=kept, clinic=clinic)
    other = merged(into=kept, clinic=clinic)
    assert {visit.patient, other.patient} == {kept}
    files = ClinicFile.objects.filter(patient=kept)
    assert [file.number for file in files] == [f"{kept.file_number}-LAKE-2"]
    assert sorted(ClinicFile.objects.filter(clinic=clinic).values_list("seq", flat=True)) == [1, 2, 3]


def test_reminders_go_where_who_stays_is_reached() -> None:
    visit = merged(into=PatientFactory(), phone="", email="", sms_consent=False)
    assert states(visit) == ["scheduled"] * 2
    nobody = merged(into=PatientFactory(phone="", email=""), phone="", email="", sms_consent=False)
    assert states(nobody) == ["skipped: no_contact"] * 2


def test_reminders_go_by_the_clocks_of_who_stays(clock: Any) -> None:
    honolulu = "Pacific/Honolulu"
    kept = PatientFactory(timezone=honolulu, contact_zones=honolulu)
    # Nine in the morning in Chicago, five in the morning there.
    visit = merged(into=kept, clinic=day_clinic(), at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    rows = Reminder.objects.filter(appointment=visit, status="scheduled").order_by("due_at")
    walls = [row.due_at.astimezone(ZoneInfo(honolulu)) for row in rows]
    assert [f"{wall:%a %H:%M}" for wall in walls] == ["Tue 19:30", "Wed 19:30"]
