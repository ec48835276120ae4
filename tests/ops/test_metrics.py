"""What a monitor reads: true, cheap, for those who may, and with nobody's name, number or words in it."""

from __future__ import annotations

import asyncio
import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY
from rest_framework.authtoken.models import Token

from messaging import pausing, stopping
from messaging.models import Direction, ProviderEvent, Tally
from ops import gauging, health, timing
from staff import roles
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor() -> dict[str, str]:
    """The header of somebody who may read the metrics."""
    token = Token.objects.create(user=factories.UserFactory.create(roles=[roles.ADMIN]))
    return {"authorization": f"Token {token.key}"}


def read(monitor: dict[str, str]) -> dict[str, float]:
    """Every sample by its name and labels."""
    response = Client().get("/metrics", headers=monitor)
    assert response.status_code == 200
    lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def gauge(found: dict[str, float], name: str) -> float | None:
    return found.get(f"{gauging.PREFIX}{name}")


def test_an_empty_installation_has_nothing_that_waits(monitor: dict[str, str]) -> None:
    found = read(monitor)
    assert gauge(found, 'work{heap="due"}') == gauge(found, 'work_oldest_age_seconds{heap="due"}') == 0
    assert gauge(found, 'slots{status="offering"}') == gauge(found, "slots_overdue_age_seconds") == 0
    assert gauge(found, 'last_timestamp_seconds{event="inbound"}') is None
    assert gauge(found, "tally_difference") is None


def test_what_waits_is_counted_with_the_age_of_the_oldest(now: datetime, monitor: dict[str, str]) -> None:
    for minutes in (2, 5):
        factories.MessageFactory.create(created_at=now - timedelta(minutes=minutes))
    row = {"call_started_at": now - timedelta(minutes=20), "created_at": now - timedelta(minutes=20)}
    factories.MessageFactory.create(status="unknown", **row)
    factories.MessageFactory.create(
        status="failed", attention="not_sent", created_at=now - timedelta(hours=1)
    )
    found = read(monitor)
    assert gauge(found, 'work{heap="due"}') == 2
    assert gauge(found, 'work_oldest_age_seconds{heap="due"}') == 300
    assert gauge(found, 'work{heap="unknown"}') == 1
    assert gauge(found, 'work_oldest_age_seconds{heap="unknown"}') == 1200
    assert gauge(found, 'work{heap="lost"}') == 1


def test_the_breaker_the_pauses_and_the_comparison_are_told(
    now: datetime, monitor: dict[str, str], settings: Any
) -> None:
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="30034", now=now)
    pausing.pause(clinic_id=None, reason="", by="manager", now=now)
    day = {"since": now - timedelta(days=1), "until": now, "asked_at": now}
    sides = {"ours": 5, "provider": 6, "webhooks": 5, "provider_lacks": 0, "we_lack": 1, "untold": 1}
    Tally.objects.create(**day, **sides, strays=0)
    found = read(monitor)
    assert [gauge(found, name) for name in ("senders_stopped", "pauses", "alarms", "tally_difference")] == [
        1,
        1,
        1,
        2,
    ]
    assert gauge(found, "tally_asked_timestamp_seconds") == now.timestamp()


def test_the_last_text_callback_and_sweep_are_told_by_their_time(
    now: datetime, monitor: dict[str, str]
) -> None:
    ages = {"inbound": 3, "status:delivered": 2}
    for kind, minutes in ages.items():
        at = now - timedelta(minutes=minutes)
        event = {"received_at": at, "handled_at": at, "next_attempt_at": at}
        ProviderEvent.objects.create(sid=f"SM{minutes}", kind=kind, payload={}, **event)
    health.beat(now=now - timedelta(seconds=4))
    found = read(monitor)
    for name, seconds in (("inbound", 180), ("callback", 120), ("sweep", 4)):
        told = gauge(found, f'last_timestamp_seconds{{event="{name}"}}')
        assert told == now.timestamp() - seconds


def test_texts_of_the_last_day_are_told_by_kind_and_status(now: datetime, monitor: dict[str, str]) -> None:
    factories.MessageFactory.create_batch(2, status="skipped", created_at=now)
    factories.MessageFactory.create(status="failed", error_code="30007", call_started_at=now, created_at=now)
    factories.MessageFactory.create(status="failed", created_at=now - timedelta(days=2))
    factories.MessageFactory.create(status="handled", direction=Direction.INBOUND, created_at=now)
    found = read(monitor)
    told = {name: value for name, value in found.items() if "texts_last_day" in name}
    prefix = f'{gauging.PREFIX}texts_last_day{{kind="offer",status='
    assert told == {f'{prefix}"skipped"}}': 2, f'{prefix}"failed"}}': 1}
    assert gauge(found, 'errors_last_day{code="30007"}') == 1


def test_slots_that_can_be_had_are_told_and_how_late_their_clock_is(
    now: datetime, monitor: dict[str, str]
) -> None:
    factories.CancellationFactory.create(grace_ends_at=now - timedelta(seconds=90))
    factories.CancellationFactory.create(status="unfilled")
    factories.CancellationFactory.create(status="unfilled", starts_at=now - timedelta(hours=1))
    found = read(monitor)
    assert gauge(found, 'slots{status="open"}') == gauge(found, 'slots{status="unfilled"}') == 1
    assert gauge(found, "slots_overdue_age_seconds") == 90


def test_a_page_is_timed_by_its_name_and_never_by_its_address(monitor: dict[str, str]) -> None:
    patient = factories.PatientFactory.create()
    Client().get(f"/phones/{patient.pk}/?who={patient.last_name}")
    Client().generic("BREW", f"/no/such/{patient.last_name}")
    found = read(monitor)
    took = 'requests_latency_seconds_by_view_method_count{method="GET",view="phone"}'
    came = 'responses_total_by_status_view_method_total{method="GET",status="302",view="phone"}'
    assert found[f"django_http_{took}"] >= 1
    assert found[f"django_http_{came}"] >= 1
    text = "\n".join(found)
    assert "invalid method" in text
    assert patient.last_name not in text


def test_no_metric_holds_a_name_a_number_or_a_word(monitor: dict[str, str], settings: Any) -> None:
    now = timezone.now()
    offer = factories.OfferFactory.create()
    message = factories.MessageFactory.create(to=offer.phone, body="A secret.", created_at=now)
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=now)
    text = "\n".join(read(monitor))
    told = (message.to, message.body, settings.TWILIO_PHONE_NUMBER, offer.patient.last_name)
    assert not [words for words in told if words in text]
    assert set(re.findall(r'[{,]([a-z_]+)="', text)) <= {
        "answer",
        "door",
        "heap",
        "code",
        "event",
        "kind",
        "status",
        "view",
        "method",
        "le",
        "generation",
        "implementation",
        "major",
        "minor",
        "patchlevel",
        "version",
    }


@pytest.mark.parametrize("role", ["", *roles.ROLES])
def test_the_metrics_are_for_whoever_has_the_permission(role: str) -> None:
    user = factories.UserFactory.create(roles=[role] if role else [])
    headers = {"authorization": f"Token {Token.objects.create(user=user).key}"}
    assert Client().get("/metrics", headers=headers).status_code == (200 if role == roles.ADMIN else 403)
    client = Client()
    client.force_login(user)
    assert client.get("/metrics").status_code == (200 if role == roles.ADMIN else 403)


def test_nobody_and_a_wrong_token_are_asked_who_they_are() -> None:
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"authorization": "Token 0"}).status_code == 401


@pytest.mark.parametrize("accept", ["application/openmetrics-text;version=1.0.0", "text/plain", "image/png"])
def test_whatever_a_monitor_asks_for_it_gets_the_text_format(monitor: dict[str, str], accept: str) -> None:
    response = Client().get("/metrics", headers={**monitor, "accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in response["Cache-Control"]


def test_a_thousand_texts_cost_as_many_queries_as_ten(monitor: dict[str, str]) -> None:
    counts = []
    for more in (10, 990):
        rows = factories.MessageFactory.build_batch(more)
        factories.MessageFactory._meta.model.objects.bulk_create(rows)
        with CaptureQueriesContext(connection) as queries:
            read(monitor)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_under_asgi_a_page_is_timed_without_another_thread() -> None:
    response, threads = HttpResponse(), []

    async def page(request: HttpRequest) -> HttpResponse:
        threads.append(threading.get_ident())
        return response

    before = _counted()
    made = asyncio.run(timing.timed(page)(RequestFactory().get("/")))
    assert made is response
    assert threads == [threading.get_ident()]
    assert _counted() == before + 1


def _counted() -> float:
    labels = {"view": "<unnamed view>", "method": "GET", "status": "200"}
    return REGISTRY.get_sample_value("django_http_responses_total_by_status_view_method_total", labels) or 0
