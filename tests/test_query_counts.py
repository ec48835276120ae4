"""Every page, what the API lets be read, and the admin: as many queries for 1,000 rows as for ten."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from clinic.models import Provider
from staff import urls
from tests import everywhere
from tests.crowd import Crowd
from tests.everywhere import Ask, got
from tests.test_architecture import ROOMS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FEW, MANY = 10, 1000
# Of these there is one, or one for each clinic, source, number or user.
FEW_EVER = {
    "clinic.filecount",
    "clinic.membership",
    "integrations.apiallowance",
    "integrations.drchronoaccount",
    "integrations.drchronocursor",
    "integrations.outlet",
    "messaging.ownnumber",
    "messaging.simulatedcall",
    "messaging.simulatedcallback",
    "messaging.simulatednetwork",
    "offers.whatsapptemplate",
    "ops.heartbeat",
    "staff.preference",
}
# Webhooks, and what machines ask of the whole.
NO_LIST = {
    "healthz",
    "logout",
    "mail-reports",
    "manifest",
    "metrics",
    "readyz",
    "service-worker",
    "twilio-inbound",
    "twilio-status",
    "twilio-voice",
    "twilio-voice-answer",
    "twilio-voice-outcome",
    "twilio-voice-said",
    "twilio-voice-status",
}


@pytest.fixture
def crowd() -> Crowd:
    made = Crowd()
    made.grow(FEW)
    return made


@pytest.fixture
def boss(client: Client, crowd: Crowd) -> Client:
    """Somebody who may do anything, and is the first provider."""
    user = User.objects.create_superuser("boss", password=None)
    Provider.objects.filter(pk=crowd.first("provider").pk).update(user=user)
    client.force_login(user)
    return client


def counted(browser: Client, asked: dict[str, Ask]) -> dict[str, int]:
    """How many queries each costs, once everything that a process keeps is known."""
    found = {}
    for name, ask in asked.items():
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = ask(browser)
            if isinstance(answer, StreamingHttpResponse):
                b"".join(answer)
        assert answer.status_code < 400, (name, answer.status_code)
        found[name] = len(queries)
    return found


def never_grows(browser: Client, crowd: Crowd, asked: dict[str, Ask]) -> None:
    counted(browser, asked)
    few = counted(browser, asked)
    crowd.grow(MANY)
    many = counted(browser, asked)
    assert {name: (few[name], many[name]) for name in asked if few[name] != many[name]} == {}


def test_no_page_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    never_grows(boss, crowd, everywhere.pages(crowd))


def test_no_page_of_a_patient_asks_more_for_more_rows(client: Client, crowd: Crowd) -> None:
    never_grows(client, crowd, {name: got(url) for name, url in everywhere.of_patients(crowd).items()})


def test_nothing_that_the_api_lets_be_read_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    never_grows(boss, crowd, everywhere.of_api(crowd))


def test_no_page_of_the_admin_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    never_grows(boss, crowd, {name: got(url) for name, url in everywhere.of_admin(crowd).items()})


def test_an_address_outside_staff_api_and_admin_is_asked_or_known_to_list_nothing(crowd: Crowd) -> None:
    elsewhere = {
        str(pattern.name)
        for path, pattern in everywhere.walked(get_resolver())
        if not path.startswith(("admin/", "api/")) and pattern not in urls.urlpatterns
    }
    assert elsewhere == NO_LIST | everywhere.of_patients(crowd).keys()


def test_there_are_rows_of_every_kind_that_there_may_be_many_of(crowd: Crowd) -> None:
    made = {row._meta.label_lower for rows in crowd.rows.values() for row in rows}
    ours = {model._meta.label_lower for room in ROOMS for model in apps.get_app_config(room).get_models()}
    assert ours - made == FEW_EVER
