"""A login runs out when a person has done nothing for half an hour, whatever open pages ask by themselves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, reverse

from clinic.models import Provider
from staff import urls
from staff.roles import FRONT_DESK
from tests import factories
from tests.conftest import MONDAY_MORNING
from tests.staff.addresses import address

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[2] / "templates"
ASKED_BY_ITSELF = [
    pattern for pattern in urls.urlpatterns if getattr(pattern.callback, "is_unattended", False)
]
AGE = timedelta(seconds=settings.SESSION_COOKIE_AGE)
HALF, MOST, OVER = AGE / 2, AGE * 0.9, AGE * 1.1


def somebody() -> User:
    user: User = factories.UserFactory.create(roles=[FRONT_DESK])
    return user


def ends_at() -> datetime:
    return Session.objects.get().expire_date


@pytest.mark.parametrize("pattern", ASKED_BY_ITSELF, ids=lambda pattern: pattern.name)
def test_what_a_page_asks_by_itself_keeps_nobody_logged_in(pattern: URLPattern) -> None:
    url, user = address(pattern, factories.WaitlistEntryFactory.create()), somebody()
    Provider.objects.exclude(notices=None).update(user=user)
    client = Client()
    with time_machine.travel(MONDAY_MORNING) as clock:
        client.force_login(user)
        before = ends_at()
        clock.shift(HALF)
        # Without ASGI there is no stream.
        assert client.get(url).status_code in (200, 204, 404 if pattern.name == "live" else 200)
    assert ends_at() == before


def test_what_a_person_does_sets_the_age_back() -> None:
    client = Client()
    with time_machine.travel(MONDAY_MORNING) as clock:
        client.force_login(somebody())
        for _ in range(3):
            clock.shift(MOST)
            assert client.get(reverse("board")).status_code == 200
        clock.shift(OVER)
        assert client.get(reverse("board")).status_code == 302


def test_a_board_left_open_is_led_to_the_login() -> None:
    client = Client()
    with time_machine.travel(MONDAY_MORNING) as clock:
        client.force_login(somebody())
        client.get(reverse("board"))
        for _ in range(4):
            clock.shift(AGE * 0.3)
            answer = client.get(reverse("board-fragment"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Refresh"] == "true"


def test_every_address_that_a_page_asks_by_itself_is_known() -> None:
    pages = "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    asking = [tag for tag in re.findall(r"<[a-z]+\s[^>]*>", pages) if re.search(r'"(changed|every)[ ,]', tag)]
    named = {name for tag in asking for name in re.findall(r"hx-get=\"{% url '([a-z-]+)'", tag)}
    # The talk asks where it stands.
    known = {pattern.name for pattern in ASKED_BY_ITSELF} - {"messages-talk-rows", "messages-patient-rows"}
    assert named == known - {"live"}


def test_somebody_without_a_login_gets_no_session() -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    client.get("/healthz")
    assert not Session.objects.exists()
