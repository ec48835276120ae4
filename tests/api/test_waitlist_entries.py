from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import (
    AppointmentFactory,
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db

URL = "/api/v1/waitlist-entries/"


def wish(**changed: object) -> dict[str, object]:
    ids = {"patient": PatientFactory().pk, "clinic": ClinicFactory().pk, "visit_type": VisitTypeFactory().pk}
    return {**ids, **changed}


def test_a_patient_joins_with_the_least_that_is_needed(desk: APIClient) -> None:
    body = wish()
    response = desk.post(URL, body)
    assert response.status_code == 201
    shown = response.json()
    assert timezone.now() - WaitlistEntry.objects.get(pk=shown.pop("id")).joined_at < timedelta(minutes=1)
    assert shown.pop("joined_at").endswith("Z")
    assert shown == {
        **body,
        "provider": None,
        "provider_type": "",
        "urgent": False,
        "manual_boost": 0,
        "boost_reason": "",
        "expires_at": None,
        "current_appointment": None,
        "available": [],
        "min_notice_minutes": 60,
        "status": "waiting",
        "score": 10,
        "score_parts": {"urgent": 0, "boost": 0, "proximity": 10, "seniority": 0},
    }


def test_score_and_parts_are_those_of_the_formula(desk: APIClient) -> None:
    clinic, patient = ClinicFactory(), PatientFactory()
    current = AppointmentFactory(clinic=clinic, patient=patient, starts_at=in_hours(24 * 30))
    body = wish(
        clinic=clinic.pk,
        patient=patient.pk,
        current_appointment=current.pk,
        urgent=True,
        manual_boost=7,
        joined_at=(timezone.now() - timedelta(days=19)).isoformat(),
    )
    shown = desk.post(URL, body).json()
    assert shown["score_parts"] == {"urgent": 30, "boost": 7, "proximity": 10, "seniority": 2}
    assert shown["score"] == 49
    assert shown["boost_reason"] == "set through the API"


def test_availability_comes_back_as_it_was_given_in_order(desk: APIClient) -> None:
    windows = [
        {"weekday": 4, "start": "08:00", "end": "12:30"},
        {"weekday": 0, "start": "13:00", "end": "17:00"},
    ]
    shown = desk.post(URL, wish(available=windows)).json()
    assert shown["available"] == [windows[1], windows[0]]
    changed = desk.patch(f"{URL}{shown['id']}/", {"available": windows[:1]}).json()
    assert changed["available"] == windows[:1]
    assert desk.patch(f"{URL}{shown['id']}/", {"available": []}).json()["available"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("patient", 999_999),
        ("clinic", None),
        ("provider", "x"),
        ("visit_type", 0),
        ("urgent", "perhaps"),
        ("manual_boost", 41),
        ("manual_boost", -1),
        ("joined_at", "2026-01-01T00:00:00"),
        ("joined_at", "2150-01-01T00:00:00Z"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("current_appointment", 999_999),
        ("available", {"weekday": 0}),
        ("available", [{"weekday": 7, "start": "08:00", "end": "09:00"}]),
        ("available", [{"weekday": 0, "start": "09:00", "end": "08:00"}]),
        ("available", [{"weekday": 0, "start": "8", "end": "24:00"}]),
        ("available", [{"weekday": 0, "start": "08:00", "end": "09:00", "room": 2}]),
        ("min_notice_minutes", -1),
        ("min_notice_minutes", 10**12),
        ("status", "matched"),
        ("score", 99),
        ("score_parts", {}),
        ("id", 7),
        ("changed_at", "2026-01-01T00:00:00Z"),
    ],
)
def test_a_bad_wish_is_refused_with_its_field(desk: APIClient, field: str, value: object) -> None:
    response = desk.post(URL, wish(**{field: value}))
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not WaitlistEntry.objects.exists()


def test_a_provider_of_another_clinic_is_refused(desk: APIClient) -> None:
    assert list(desk.post(URL, wish(provider=ProviderFactory().pk)).json()) == ["provider"]


def test_another_patients_appointment_is_refused(desk: APIClient) -> None:
    response = desk.post(URL, wish(current_appointment=AppointmentFactory().pk))
    assert list(response.json()) == ["current_appointment"]


def test_nobody_waits_twice_for_the_same(desk: APIClient) -> None:
    body = wish()
    desk.post(URL, body)
    response = desk.post(URL, body)
    assert (response.status_code, list(response.json())) == (400, ["patient"])
    assert WaitlistEntry.objects.count() == 1


def test_a_wish_can_be_changed_but_not_whose_it_is(desk: APIClient) -> None:
    entry = WaitlistEntryFactory()
    changed = desk.patch(f"{URL}{entry.pk}/", {"urgent": True, "manual_boost": 5, "boost_reason": "in pain"})
    assert (changed.json()["urgent"], changed.json()["boost_reason"]) == (True, "in pain")
    for field, value in (("patient", PatientFactory().pk), ("joined_at", "2020-01-01T00:00:00Z")):
        refused = desk.patch(f"{URL}{entry.pk}/", {field: value})
        assert (refused.status_code, list(refused.json())) == (400, [field])


def test_an_entry_is_paused_resumed_and_removed_and_then_gone(desk: APIClient) -> None:
    url = f"{URL}{WaitlistEntryFactory().pk}/"
    for status in ("paused", "waiting", "removed"):
        assert desk.patch(url, {"status": status}).json()["status"] == status
    for body in ({"status": "waiting"}, {"urgent": True}):
        response = desk.patch(url, body)
        assert (response.status_code, list(response.json())) == (409, ["detail"])


def test_the_status_is_changed_in_a_request_of_its_own(desk: APIClient) -> None:
    entry = WaitlistEntryFactory()
    response = desk.patch(f"{URL}{entry.pk}/", {"status": "paused", "urgent": True})
    assert (response.status_code, list(response.json())) == (400, ["status"])
