"""A week in Chicago in which the clocks change: chart, table, CSV and API count each of its hours once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from staff import roles
from tests import factories
from tests.offers.history import logged
from tests.staff.test_analytics_page import NOTHING, Cells, drawings_of

pytestmark = pytest.mark.django_db
# Its first day, when that begins, and how many hours it and its Sunday have.
SPRING = (date(2026, 3, 2), datetime(2026, 3, 2, 6, tzinfo=UTC), 7 * 24 - 1, 23)
AUTUMN = (date(2026, 10, 26), datetime(2026, 10, 26, 5, tzinfo=UTC), 7 * 24 + 1, 25)
LOTS = {"trend": "by_day", "hours": "by_hour", "clinics": "by_clinic", "providers": "by_provider"}
# The figures of the API in the order of the table's columns.
FIGURES = (
    "logged",
    "counted",
    "in_time",
    "in_time_percent",
    "delivered_percent",
    "by_hand_percent",
    "fill_median_minutes",
    "depth",
    "offers_per_fill",
    "taken_per_fill",
    "days_gained",
)
Lots = dict[str, dict[str, list[str]]]


def a_slot_each_hour(midnight: datetime, hours: int) -> None:
    """One an hour, the last hour before the week and the first after it too; half of them filled in time."""
    about = {
        "clinic": factories.ClinicFactory.create(timezone="America/Chicago"),
        "provider": factories.ProviderFactory.create(),
        "visit_type": factories.VisitTypeFactory.create(),
    }
    for hour in range(-1, hours + 1):
        at = midnight + timedelta(hours=hour, minutes=1)
        wait = timedelta(minutes=30 if hour % 2 == 0 else 180)
        logged(at, status="filled", closed_at=at + wait, **about)


def said(values: Sequence[Any]) -> list[str]:
    return [NOTHING if value in (None, "") else str(value) for value in values]


def in_tables(page: str) -> Lots:
    cells = Cells(page).read()
    return {key: {name: list(row.values()) for name, row in cells[key].items()} for key in LOTS}


def in_csv(text: str, page: str) -> Lots:
    """The lines of the file by the table's place on the page, since it names titles."""
    lines = list(csv.reader(io.StringIO(text)))[3:]
    keys = {f"{title}": key for key, title in titles(page).items()}
    found: Lots = {key: {} for key in LOTS}
    for title, name, _, value in lines:
        if keys[title] in LOTS:
            found[keys[title]].setdefault(name, []).extend(said([value]))
    return found


def titles(page: str) -> dict[str, str]:
    parts = page.split('<h2 id="about-')[1:]
    return {part.split('"')[0]: part.split(">")[1].split("<")[0] for part in parts}


def in_charts(page: str, tables: Lots) -> Lots:
    """The tables, with what the charts draw in place of the columns that they draw."""
    heads = Cells(page).tables
    found = {key: {name: list(row) for name, row in rows.items()} for key, rows in tables.items()}
    for drawing in (one for one in drawings_of(page) if one["key"] in LOTS):
        rows, head = found[drawing["key"]], heads[drawing["key"]][0][1:]
        assert drawing["labels"] == list(rows)
        assert drawing["series"]
        for series in drawing["series"]:
            for row, value in zip(rows.values(), said(series["values"]), strict=True):
                row[head.index(series["name"])] = value
    return found


def in_api(answer: Any) -> Lots:
    return {
        key: {lot["name"]: said([lot["figures"][name] for name in FIGURES]) for lot in answer[lots]}
        for key, lots in LOTS.items()
    }


@pytest.mark.parametrize("week", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_chart_table_csv_and_api_are_equal_where_the_clocks_change(client: Client, week: Any) -> None:
    first, midnight, hours, sunday = week
    a_slot_each_hour(midnight, hours)
    client.force_login(factories.UserFactory.create(roles=[roles.ADMIN]))
    days = {"from": f"{first}", "to": f"{first + timedelta(days=6)}"}
    with time_machine.travel(midnight + timedelta(days=9), tick=False):
        page = client.get(reverse("analytics"), days).content.decode()
        file = client.get(reverse("analytics-csv"), days).content.decode("utf-8-sig")
        answer = client.get(reverse("api:metrics-summary"), days).json()
    tables = in_tables(page)
    assert tables == in_charts(page, tables) == in_csv(file, page) == in_api(answer)
    assert [int(row[0]) for row in tables["trend"].values()] == [24] * 6 + [sunday]
    assert sum(int(row[0]) for row in tables["hours"].values()) == answer["figures"]["logged"] == hours
    assert answer["figures"]["in_time"] == (hours + 1) // 2
