"""Clinics, providers and visit types: managers write them."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from clinic.models import Clinic
from core.models import AuditEvent
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory

pytestmark = pytest.mark.django_db


def test_a_clinic_is_added_with_the_installations_rules(manager: APIClient) -> None:
    response = manager.post("/api/v1/clinics/", {"name": "North", "sms_name": "North"})
    assert response.status_code == 201
    assert response.json()["batch_size"] is None
    assert Clinic.objects.get().timezone == "America/Chicago"


def test_a_clinics_rules_are_changed_and_the_audit_says_which(manager: APIClient) -> None:
    clinic = ClinicFactory(name="North")
    body = {
        "batch_size": 5,
        "hold_minutes": 2.5,
        "contact_hours_start": "09:00",
        "contact_hours_end": "18:30",
    }
    shown = manager.patch(f"/api/v1/clinics/{clinic.pk}/", body).json()
    assert body.items() <= shown.items()
    line = AuditEvent.objects.get(verb="clinic.arranged")
    assert line.data["fields"] == sorted(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("batch_size", 0),
        ("batch_size", 51),
        ("hold_minutes", -1),
        ("hold_minutes", 100_000),
        ("hold_minutes", "NaN"),
        ("phone", "12"),
        ("contact_hours_end", None),
        ("contact_hours_end", "00:00"),
        ("contact_hours_start", "25:00"),
        ("weight_urgent", 101),
        ("proximity_step_days", 0),
        ("sms_name", "x" * 21),
        ("name", "South"),
        ("grace_seconds", 10**12),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(
    manager: APIClient, field: str, value: object
) -> None:
    ClinicFactory(name="South")
    response = manager.patch(f"/api/v1/clinics/{ClinicFactory().pk}/", {field: value})
    assert (response.status_code, list(response.json())) == (400, [field])


def test_a_provider_works_at_several_clinics(manager: APIClient) -> None:
    clinics = [ClinicFactory().pk, ClinicFactory().pk]
    body = {"name": "Dr. Who", "provider_type": "dentist", "clinics": clinics}
    shown = manager.post("/api/v1/providers/", body).json()
    assert shown == {"id": shown["id"], "active": True, **body}
    moved = manager.patch(f"/api/v1/providers/{shown['id']}/", {"clinics": clinics[:1]}).json()
    assert moved["clinics"] == clinics[:1]


def test_providers_are_filtered_by_clinic(manager: APIClient) -> None:
    wanted = ProviderFactory()
    ProviderFactory()
    rows = manager.get(f"/api/v1/providers/?clinic={wanted.clinics.get().pk}").json()["results"]
    assert [row["id"] for row in rows] == [wanted.pk]


def test_two_visit_types_do_not_share_a_name(manager: APIClient) -> None:
    VisitTypeFactory(name="Check-up")
    response = manager.post("/api/v1/visit-types/", {"name": "Check-up", "duration_minutes": 20})
    assert (response.status_code, list(response.json())) == (400, ["name"])
