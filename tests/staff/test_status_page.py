"""The status page: for those who answer for the texts, and with nobody's number or words on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging import stopping
from messaging.models import Tally
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


def test_every_table_has_a_caption_and_every_row_and_column_its_heading() -> None:
    now = timezone.now()
    names = ("ours", "provider", "webhooks", "provider_lacks", "we_lack", "untold", "strays")
    row = {"since": now - timedelta(days=1), "until": now, "asked_at": now, **dict.fromkeys(names, 0)}
    Tally.objects.create(**row)
    factories.MessageFactory.create(status="failed", error_code="30007", call_started_at=now)
    page = as_role(roles.MANAGER).get(reverse("status")).content.decode()
    assert page.count("<table") == page.count("<caption>") == 3
    assert len(re.findall(r"<th\b", page)) == len(re.findall(r'<th scope="(?:col|row)"', page))


def test_the_page_asks_as_many_queries_for_thirty_texts_as_for_three() -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            factories.MessageFactory.create()
        client = as_role(roles.MANAGER)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("status"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
