"""How the schedule feeds are, for a machine that watches them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from integrations.facts import Standing
from integrations.models import VisitLink
from staff.roles import FRONT_DESK
from tests.api.conftest import ClientOf
from tests.factories import AppointmentFactory, ClinicFactory, UserFactory
from tests.factories_of_feeds import FeedMessageFactory, ParkedFactory, SourceFactory

pytestmark = pytest.mark.django_db


def test_a_source_tells_its_last_message_its_backlog_and_what_waits(desk: APIClient) -> None:
    now, clinic = timezone.now(), ClinicFactory()
    source = SourceFactory(clinics=[clinic], silence_minutes=5, speaks_on=list(range(7)))
    at = now - timedelta(minutes=10)
    FeedMessageFactory(source=source, status="received", received_at=at)
    ParkedFactory(message=FeedMessageFactory(source=source, status="parked", received_at=at))
    (told,) = desk.get("/api/v1/feeds/").json()["results"]
    assert told == desk.get(f"/api/v1/feeds/{source.pk}/").json()
    assert told["last_message_at"] == told["backlog_since"] == f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert (told["name"], told["kind"], told["clinics"]) == (source.name, "hl7", [clinic.pk])
    assert (told["messages_last_hour"], told["backlog"], told["parked"]) == (2, 1, 1)


def test_a_source_that_is_silent_says_since_when(desk: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    SourceFactory()
    since = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr("integrations.health.silent_since", lambda *_, **__: since)
    (told,) = desk.get("/api/v1/feeds/").json()["results"]
    assert told["silent_since"] == f"{since:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert (told["last_message_at"], told["backlog"], told["backlog_since"]) == (None, 0, None)


def test_the_drift_of_each_source_is_counted(desk: APIClient) -> None:
    now = timezone.now()
    visit = AppointmentFactory()
    source, other = SourceFactory(clinics=[visit.clinic]), SourceFactory()
    AppointmentFactory(clinic=visit.clinic)
    said: Any = {"standing": [Standing.CANCELLED, [now.isoformat(), 2, 1]]}
    link = VisitLink.objects.create(source=source, appointment=visit, known=said, changed_at=now)
    assert link.pk
    drifts = {one["id"]: one["drift"] for one in desk.get("/api/v1/feeds/").json()["results"]}
    assert drifts[source.pk] == {"told_differently": 1, "never_mentioned": 1}
    assert drifts[other.pk] == {"told_differently": 0, "never_mentioned": 0}


def test_a_source_of_other_clinics_is_not_seen() -> None:
    ours, other = SourceFactory(), SourceFactory()
    user = UserFactory(roles=[FRONT_DESK], clinics=tuple(ours.clinics.all()))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    assert [one["id"] for one in client.get("/api/v1/feeds/").json()["results"]] == [ours.pk]
    assert client.get(f"/api/v1/feeds/{other.pk}/").status_code == 404


def test_ten_sources_cost_no_more_queries_than_one(desk: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            desk.get("/api/v1/feeds/")
        return len(seen)

    SourceFactory()
    few = queries()
    for _ in range(9):
        AppointmentFactory(clinic=SourceFactory().clinics.get())
    assert queries() == few


def test_how_long_a_program_waits_for_its_answer_is_counted(client_of: ClientOf) -> None:
    def counted() -> float:
        labels = {"door": "fhir", "answer": "403"}
        return REGISTRY.get_sample_value("clinic_waitlist_feed_answer_seconds_count", labels) or 0

    before = counted()
    client_of().post("/api/v1/fhir/Appointment", {}, content_type="application/fhir+json")
    assert counted() == before + 1
