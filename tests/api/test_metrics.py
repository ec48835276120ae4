"""`metrics/summary/`: the figures of the analytics page for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from staff import charts
from staff.roles import ADMIN, AUDITOR, MANAGER, ROLES
from tests.api.conftest import ClientOf
from tests.offers.history import DAYS, KNOWN, NOW, History
from tests.offers.test_measuring import summary

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/metrics/summary/"
LOTS = {"clinics": "by_clinic", "providers": "by_provider", "hours": "by_hour", "trend": "by_day"}
RANGE = {"from": f"{DAYS.since}", "to": f"{DAYS.until}"}


@pytest.fixture
def history() -> Iterator[History]:
    with time_machine.travel(NOW, tick=False):
        yield History()


def asked(client: APIClient, **query: Any) -> dict[str, Any]:
    response = client.get(ADDRESS, {**RANGE, **query})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_the_figures_are_those_of_the_history(manager: APIClient, history: History) -> None:
    found = asked(manager)
    assert (found["from"], found["to"], found["step"]) == ("2026-02-27", "2026-03-02", "day")
    assert found["figures"] == KNOWN


def test_the_answer_tells_what_the_page_and_the_csv_tell(manager: APIClient, history: History) -> None:
    found = asked(manager)
    tables = {table.key: table for table in charts.tables(summary())}
    for key, lots in LOTS.items():
        told = [[lot["name"], *_of_lot(lot["figures"])] for lot in found[lots]]
        assert told == [[row.name, *row.values] for row in tables[key].rows]
    for key, bands in (("fill", found["fill_bands"]), ("replies", found["replies"]["bands"])):
        assert [[band["label"], band["count"]] for band in bands] == [
            [row.name, *row.values] for row in tables[key].rows
        ]
    funnel = [[step["times"], step["people"]] for step in found["funnel"]]
    assert funnel == [row.values for row in tables["funnel"].rows]


def _of_lot(figures: dict[str, Any]) -> list[Any]:
    names = ("logged", "counted", "in_time", "in_time_percent", "delivered_percent", "by_hand_percent")
    ends = ("fill_median_minutes", "depth", "offers_per_fill", "taken_per_fill", "days_gained")
    return [figures[name] for name in (*names, *ends)]


def test_the_targets_are_told_with_what_they_are_a_share_of(manager: APIClient, history: History) -> None:
    first = asked(manager)["targets"][0]
    assert first == {
        "figure": "in_time",
        "percent": 20.0,
        "part": 1,
        "of": 5,
        "target": 80,
        "at_least": True,
        "is_met": False,
    }


def test_a_clinic_and_a_provider_narrow_the_answer(manager: APIClient, history: History) -> None:
    assert asked(manager, clinic=history.lakeside.pk)["figures"]["logged"] == 3
    assert asked(manager, provider=history.weiss.pk)["figures"]["logged"] == 5
    assert asked(manager, clinic=history.lakeside.pk, provider=history.weiss.pk)["figures"]["logged"] == 0
    assert asked(manager, clinic=987654321)["figures"]["logged"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "from"),
        ({"from": "2026-03-01"}, "to"),
        ({**RANGE, "from": "soon"}, "from"),
        ({**RANGE, "to": "2026-02-30"}, "to"),
        ({**RANGE, "to": "2026-03-02T10:00:00Z"}, "to"),
        ({**RANGE, "from": "2026-03-05"}, "to"),
        ({**RANGE, "from": "2020-01-01"}, "from"),
        ({**RANGE, "clinic": "x"}, "clinic"),
        ({**RANGE, "provider": "99999999999999999999"}, "provider"),
    ],
)
def test_a_question_that_cannot_be_answered_is_a_400_with_its_field(
    manager: APIClient, query: dict[str, str], field: str
) -> None:
    response = manager.get(ADDRESS, query)
    assert response.status_code == 400
    assert field in response.json()


@pytest.mark.parametrize("role", ["", *ROLES])
def test_the_figures_are_for_those_who_answer_for_the_waitlist(client_of: ClientOf, role: str) -> None:
    client = client_of(*([role] if role else []))
    assert client.get(ADDRESS, RANGE).status_code == (200 if role in (MANAGER, AUDITOR, ADMIN) else 403)


def test_nobody_is_asked_who_they_are() -> None:
    assert APIClient().get(ADDRESS, RANGE).status_code == 401


def test_the_figures_can_only_be_read(manager: APIClient) -> None:
    assert manager.post(ADDRESS, {}).status_code == 405


def test_the_schema_explains_each_figure(manager: APIClient) -> None:
    schema = manager.get("/api/v1/schema/?format=json").json()
    operation = schema["paths"]["/api/v1/metrics/summary/"]["get"]
    assert {one["name"]: one.get("required", False) for one in operation["parameters"]} == {
        "from": True,
        "to": True,
        "clinic": False,
        "provider": False,
    }
    figures = schema["components"]["schemas"]["Figures"]["properties"]
    assert figures["counted"]["description"].startswith("The slots that could be filled in time")
    assert set(figures) == set(KNOWN)
