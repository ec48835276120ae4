"""Bad input is a 400 with the field and its reason, and stores nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.models import Patient
from offers.models import Cancellation
from tests.factories import ProviderFactory, VisitTypeFactory, in_hours

pytestmark = pytest.mark.django_db

ALICE = {"first_name": "Alice", "last_name": "Smith", "phone": "(202) 555-0123"}


def slot(**changed: object) -> dict[str, object]:
    provider = ProviderFactory()
    return {
        "clinic": provider.clinics.get().pk,
        "provider": provider.pk,
        "visit_type": VisitTypeFactory().pk,
        "starts_at": in_hours(30).isoformat(),
        "duration_minutes": 30,
        "reason": "flu",
        **changed,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", "2026-12-01T09:00:00"),
        ("starts_at", "2026-12-01"),
        ("starts_at", "soon"),
        ("starts_at", 5),
        ("starts_at", None),
        ("starts_at", ["2026-12-01T09:00:00Z"]),
        ("starts_at", "2020-01-01T09:00:00Z"),
        ("starts_at", "9999-12-31T23:59:59Z"),
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("duration_minutes", 0),
        ("duration_minutes", -30),
        ("duration_minutes", 10**12),
        ("duration_minutes", "half an hour"),
        ("clinic", 999_999),
        ("clinic", 10**30),
        ("clinic", True),
        ("clinic", 1.5),
        ("clinic", {"id": 1}),
        ("provider", "Dr. Who"),
        ("visit_type", None),
        ("reason", "a\x00b"),
        ("reason", "x" * 201),
        ("reason", {}),
        ("nonsense", 1),
        ("status", "filled"),
        ("filled_by", 7),
    ],
)
def test_a_bad_slot_is_refused_with_its_field(desk: APIClient, field: str, value: object) -> None:
    response = desk.post("/api/v1/cancellations/", slot(**{field: value}))
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not Cancellation.objects.exists()


def test_half_a_character_is_refused_with_its_field(desk: APIClient) -> None:
    body = json.dumps(slot(reason="\ud800"))
    response = desk.generic("POST", "/api/v1/cancellations/", body, content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, ["reason"])


@pytest.mark.parametrize("field", ["clinic", "provider", "visit_type", "starts_at"])
def test_a_slot_needs_its_fields(desk: APIClient, field: str) -> None:
    body = slot()
    del body[field]
    assert list(desk.post("/api/v1/cancellations/", body).json()) == [field]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "7",
        "[" * 100_000,
        '{"a": NaN}',
        b"\xff\xfe",
        "9" * 5000,
        '{"status": "\\ud800"}',
    ],
)
def test_a_body_that_is_no_object_is_refused(desk: APIClient, body: Any) -> None:
    response = desk.generic("POST", "/api/v1/patients/", body, content_type="application/json")
    assert response.status_code == 400


def test_a_body_in_another_format_is_refused(desk: APIClient) -> None:
    response = desk.generic("POST", "/api/v1/patients/", "first_name=A", content_type="text/plain")
    assert response.status_code == 415


def test_a_body_beyond_the_limit_is_refused_unread(desk: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = desk.post("/api/v1/patients/", {**ALICE, "last_name": "x" * 2000})
    assert response.status_code == 413
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "cancellations/?starts_from=2026-01-01T00:00:00",
        "cancellations/?starts_from=yesterday",
        "cancellations/?status=lost",
        "appointments/?provider=x",
        "appointments/?patient=1.5",
        "messages/?kind=spam",
        "messages/?cancellation=%00",
        "providers/?provider_type=%00",
        "waitlist-entries/?urgent=perhaps&status=x",
    ],
)
def test_a_malformed_filter_is_refused(desk: APIClient, query: str) -> None:
    assert desk.get(f"/api/v1/{query}").status_code == 400


@pytest.mark.parametrize("query", ["patient=999999", f"patient={10**40}", "patient=-1"])
def test_a_filter_that_fits_nothing_gives_an_empty_page(desk: APIClient, query: str) -> None:
    for resource in ("appointments", "waitlist-entries", "messages"):
        assert desk.get(f"/api/v1/{resource}/?{query}").json()["count"] == 0


@pytest.mark.parametrize("pk", ["999999", "9" * 40, "9" * 5000, "abc", "-1", "%00"])
def test_a_record_that_is_not_there_is_a_404(desk: APIClient, pk: str) -> None:
    assert desk.get(f"/api/v1/appointments/{pk}/").status_code == 404
    assert desk.post(f"/api/v1/appointments/{pk}/cancel/", {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("put", "patients/1/"), ("delete", "patients/1/"), ("post", "messages/")]
)
def test_what_a_resource_does_not_do_is_a_405(desk: APIClient, method: str, path: str) -> None:
    assert getattr(desk, method)(f"/api/v1/{path}", {}).status_code == 405
