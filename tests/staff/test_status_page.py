"""The status page: for those who answer for the texts, and with nobody's number or words on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging import status, status_lines, stopping
from messaging.models import Tally
from ops import health
from staff import roles
from tests import factories

pytestmark = pytest.mark.django_db
MAY = (roles.MANAGER, roles.AUDITOR, roles.ADMIN)


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[role]))
    return client


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_page_and_its_link_are_for_those_who_answer_for_the_texts(role: str) -> None:
    client = as_role(role)
    link = f'href="{reverse("status")}"' in client.get(reverse("board")).content.decode()
    assert client.get(reverse("status")).status_code == (200 if role in MAY else 403)
    assert link == (role in MAY)


def test_nobody_s_number_and_nobody_s_words_stand_on_the_page(settings: Any) -> None:
    now = timezone.now()
    failed = {"status": "failed", "error_code": "30007", "call_started_at": now, "attention": "not_sent"}
    message = factories.MessageFactory.create(body="A secret.", **failed)
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=now)
    page = as_role(roles.MANAGER).get(reverse("status")).content.decode()
    assert "30007" in page
    assert "The carrier filtered these words." in page
    assert not [word for word in (message.to, message.body, settings.TWILIO_PHONE_NUMBER) if word in page]


def test_the_page_shows_the_day_s_comparison_with_what_each_side_lacks() -> None:
    now = timezone.now()
    counts = {"ours": 41, "provider": 42, "webhooks": 40, "provider_lacks": 0, "we_lack": 1, "untold": 2}
    Tally.objects.create(since=now - timedelta(days=1), until=now, asked_at=now, strays=0, **counts)
    page = as_role(roles.AUDITOR).get(reverse("status")).content.decode()
    assert "41 / 42 / 40, difference 3" in page
    assert '<th scope="row">The provider’s that we lack</th>' in page


def test_a_worker_that_stands_still_is_said_with_its_cure() -> None:
    now = timezone.now()
    health.beat(now=now - timedelta(minutes=5))
    manager, cure = as_role(roles.MANAGER), "Start worker and beat. Until then"
    page = manager.get(reverse("status")).content.decode()
    assert "STILL for 5 min" in page
    assert cure in page
    health.beat(now=now)
    assert cure not in manager.get(reverse("status")).content.decode()


def test_every_line_that_wants_a_person_says_what_to_do() -> None:
    now = timezone.now()
    factories.MessageFactory.create(
        status="failed", error_code="30007", call_started_at=now, attention="not_sent"
    )
    stopping.stop(name="+15005550006", code="20003", now=now)
    found = status_lines.lines(status=status.read(now=now), now=now)
    assert [line.name for line in found if line.look and not line.cure] == []
    assert [line.name for line in found if line.look]


def test_every_table_has_a_caption_and_every_row_and_column_its_heading() -> None:
    now = timezone.now()
    names = ("ours", "provider", "webhooks", "provider_lacks", "we_lack", "untold", "strays")
    row = {"since": now - timedelta(days=1), "until": now, "asked_at": now, **dict.fromkeys(names, 0)}
    Tally.objects.create(**row)
    factories.MessageFactory.create(status="failed", error_code="30007", call_started_at=now)
    page = as_role(roles.MANAGER).get(reverse("status")).content.decode()
    assert page.count("<table") == page.count("<caption>") == 3
    assert len(re.findall(r"<th\b", page)) == len(re.findall(r'<th scope="(?:col|row)"', page))
