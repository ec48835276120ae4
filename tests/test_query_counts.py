"""Every page and every list of API and admin: as many queries for 1,000 rows as for ten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from api.urls import router
from clinic.models import Provider
from staff import urls
from tests.crowd import Crowd
from tests.staff.addresses import address
from tests.staff.test_pages_shape import POSTED
from tests.test_architecture import ROOMS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FEW, MANY = 10, 1000
Ask = Callable[[Client], Any]
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
SEARCHED = {"patients": "typed", "waitlist-find": "name", "appointment-find": "name", "slot-fill": "name"}


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


def got(url: str, **query: Any) -> Ask:
    return lambda browser: browser.get(url, query)


def posted(url: str, **data: Any) -> Ask:
    return lambda browser: browser.post(url, data)


def pages(crowd: Crowd) -> dict[str, Ask]:
    """Every page of staff about the first patient, wish, visit, slot and clinic, and every search."""
    read = [pattern for pattern in urls.urlpatterns if pattern.name not in (*POSTED, "live", "language")]
    asked = {str(pattern.name): got(address(pattern, crowd.first("entry"))) for pattern in read}
    clinic, day = crowd.first("clinic").pk, f"{crowd.first('visit').starts_at:%Y-%m-%d}"
    asked |= {
        f"{name} of a day": got(reverse(name), clinic=clinic, on=day)
        for name in ("appointments", "appointments-csv")
    }
    asked |= {f"messages {tab}": got(reverse("messages"), tab=tab) for tab in ("failed", "all")}
    asked |= {
        f"{name} found": posted(address_of(name, crowd), **{field: "First"}, find="1")
        for name, field in SEARCHED.items()
    }
    said = crowd.first("answer").pk
    asked |= {name: got(reverse(name, args=[said])) for name in ("messages-talk", "messages-talk-rows")}
    for kind in ("slot", "unfilled slot", "shadow slot"):
        asked[kind] = got(reverse("slot", args=[crowd.first(kind).pk]))
    return asked


def address_of(name: str, crowd: Crowd) -> str:
    return reverse(name, args=[crowd.first("slot").pk] if name.startswith("slot") else [])


def test_no_page_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    never_grows(boss, crowd, pages(crowd))


def test_no_list_of_the_api_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    asked = {name: got(f"/api/v1/{name}/", page_size=200) for name, _, _ in router.registry}
    slot, patient = crowd.first("slot").pk, crowd.first("patient").pk
    asked["decisions"] = got(f"/api/v1/cancellations/{slot}/decisions/")
    asked["consents"] = got(f"/api/v1/patients/{patient}/consents/")
    asked["metrics"] = got("/api/v1/metrics/summary/", **{"from": "2026-01-01", "to": "2026-01-31"})
    never_grows(boss, crowd, asked)


def test_no_list_of_the_admin_asks_more_for_more_rows(boss: Client, crowd: Crowd) -> None:
    models = sorted(admin.site._registry, key=lambda model: model._meta.label)
    asked = {
        model._meta.label: got(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        for model in models
    }
    never_grows(boss, crowd, {"index": got(reverse("admin:index")), **asked})


def test_there_are_rows_of_every_kind_that_there_may_be_many_of(crowd: Crowd) -> None:
    made = {row._meta.label_lower for rows in crowd.rows.values() for row in rows}
    ours = {model._meta.label_lower for room in ROOMS for model in apps.get_app_config(room).get_models()}
    assert ours - made == FEW_EVER
