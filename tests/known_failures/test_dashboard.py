"""Was: a dashboard whose "47 ms" was a constant, and fill rates that nobody could act on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from offers import figures, meanings
from offers.measuring import Summary
from staff import charts
from staff.roles import MANAGER
from tests.api.conftest import ClientOf
from tests.offers.history import DAYS, KNOWN, History
from tests.offers.test_measuring import summary

pytestmark = pytest.mark.django_db


def numbers(found: Summary) -> Iterator[tuple[str, str, str, float]]:
    """Every number of the dashboard but the targets themselves."""
    for table in charts.tables(found):
        for row in table.rows:
            for column, value in zip(table.head, row.values, strict=True):
                if isinstance(value, int | float) and column != "Target, %":
                    yield table.key, row.name, column, value


def test_where_nothing_has_happened_the_dashboard_has_no_number_but_nought() -> None:
    shown = list(numbers(summary()))
    assert shown
    assert [where for *where, value in shown if value] == []


def test_every_figure_moves_when_something_happens() -> None:
    before = summary().whole
    History()
    after = summary().whole
    assert [name for name in KNOWN if getattr(before, name) == getattr(after, name)] == []


def test_the_length_of_the_list_is_the_first_thing_that_is_shown(client_of: ClientOf) -> None:
    History()
    first = charts.tables(summary())[0]
    assert [row.name for row in first.rows][:2] == [meanings.TITLES["depth"], meanings.TITLES["thin"]]
    query = {"from": f"{DAYS.since}", "to": f"{DAYS.until}"}
    told = client_of(MANAGER).get(reverse("api:metrics-summary"), query).json()["figures"]
    assert (told["depth"], told["thin"]) == (2, 4)
    assert f"fewer than {figures.ENOUGH_PEOPLE} people" in first.note
