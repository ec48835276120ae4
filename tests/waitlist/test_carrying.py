"""A waitlist that went out comes in again as it was: whose turn it is, who pauses, and what was agreed to."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic import consenting
from clinic.models import Appointment, Consent, Patient
from core import exporting as sheets
from tests import factories
from tests.waitlist.filing import HEAD, a_clinic, csv, run, told
from waitlist import exporting, joining
from waitlist.joining import Window, Wish
from waitlist.models import Availability, WaitlistEntry

pytestmark = pytest.mark.django_db

# Everything that an entry says, but when something last changed.
NAMES = [field.name for field in WaitlistEntry._meta.fields if field.name not in ("id", "changed_at")]


def somebody(name: str, phone: str, words: str) -> Patient:
    patient: Patient = factories.PatientFactory(first_name=name, last_name="Miller", phone=phone)
    word = consenting.Word(channel="sms", given=bool(words), source="staff", words=words or "no more")
    consenting.record(patient_id=patient.pk, word=word, by="desk", now=timezone.now())
    return patient


def waiting() -> list[tuple[object, ...]]:
    rows = WaitlistEntry.objects.in_line().order_by("joined_at", "pk")
    windows = Availability.objects.order_by("weekday", "start").values_list("weekday", "start", "end")
    return [
        (*(getattr(row, name) for name in NAMES), list(windows.filter(entry=row))) for row in rows.iterator()
    ]


def a_full_list() -> Appointment:
    """Two who joined on one day, one of them with all that a wish can say; and one who has left."""
    visit: Appointment = factories.AppointmentFactory(
        patient=somebody("Ana", "+13125550142", "=text me"),
        clinic=a_clinic(),
        visit_type=factories.VisitTypeFactory(name="Knee"),
    )
    since = timezone.now() - timedelta(days=9)
    usual: dict[str, Any] = {"clinic_id": visit.clinic_id, "visit_type_id": visit.visit_type_id}
    full = Wish(
        patient_id=visit.patient_id,
        provider_id=visit.provider_id,
        urgent=True,
        manual_boost=30,
        boost_reason="-pain",
        joined_at=since,
        current_appointment_id=visit.pk,
        availability=[Window(0, time(8), time(9, 30)), Window(4, time(13), time(17))],
        min_notice_minutes=90,
        expires_at=timezone.now() + timedelta(days=30),
        **usual,
    )
    ben = somebody("Ben", "+13125550143", "")
    later = Wish(patient_id=ben.pk, joined_at=since + timedelta(seconds=1), is_paused=True, **usual)
    gone = Wish(patient_id=somebody("Cy", "+13125550144", "yes").pk, **usual)
    *_, left = joining.put_all(wishes=[full, later, gone], by="desk", now=timezone.now())
    joining.remove(entry_id=left.pk, by="desk", now=timezone.now())
    return visit


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_waitlist_that_went_out_comes_in_as_it_was(kind: str) -> None:
    visit = a_full_list()
    before = waiting()
    raw, _ = sheets.as_file(exporting.dataset(WaitlistEntry.objects.all()), kind)
    Availability.objects.all().delete()
    WaitlistEntry.objects.all().delete()
    report = run(raw, visit.clinic)
    assert (report.entries, report.patients, len(report.left_out)) == (2, 0, 1)
    assert waiting() == before


def test_somebody_new_agrees_in_the_words_that_went_out() -> None:
    visit = a_full_list()
    raw, _ = sheets.as_file(exporting.dataset(WaitlistEntry.objects.filter(urgent=True)), "csv")
    raw = raw.replace(str(visit.starts_at.astimezone(visit.clinic.zone)).encode(), b"")
    WaitlistEntry.objects.all().delete()
    Patient.objects.update(last_name="Somebody", date_of_birth=None, phone="", email="")
    assert run(raw, visit.clinic).patients == 1
    ana = Patient.objects.get(phone="+13125550142")
    assert (ana.sms_consent, Consent.objects.get(patient=ana).words) == (True, "=text me")


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("boost", "41", "between 0 and 40"),
        ("boost", "9", "Say why"),
        ("expires", "2020-01-01", "run out already"),
        ("current_visit", "2030-01-01 09:00", "no visit then"),
        ("status", "perhaps", "Write one of"),
    ],
)
def test_each_fault_of_a_wish_has_its_reason(column: str, cell: str, reason: str) -> None:
    row = csv(f"Miller,Ana,(312) 555-0142,Check-up,,{cell}", head=f"{HEAD},{column}")
    ((line, _, said),) = told(run(row, a_clinic(), is_trial=True))
    assert line == 2
    assert reason in said


def test_whoever_waits_no_longer_is_left_out() -> None:
    row = csv("Miller,Ana,(312) 555-0142,Check-up,,matched", head=f"{HEAD},status")
    report = run(row, a_clinic())
    assert (report.is_stored, report.entries, len(report.left_out)) == (True, 0, 1)
    assert not WaitlistEntry.objects.exists()
