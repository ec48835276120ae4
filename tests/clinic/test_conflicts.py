"""The rules about a visit's time, as tables of cases: nothing here touches a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.conflicts import Conflict, Facts, Severity, Visit, find

CHICAGO = ZoneInfo("America/Chicago")
# A Monday at nine o'clock in Chicago.
NINE = datetime(2026, 3, 2, 15, tzinfo=UTC)


def visit(minutes: int = 0, *, takes: int = 30, pk: int | None = None, **ids: Any) -> Visit:
    """A visit that starts so many minutes after nine."""
    starts_at = NINE + timedelta(minutes=minutes)
    usual: dict[str, Any] = {"clinic_id": 1, "provider_id": 1, "patient_id": 1}
    return Visit(pk=pk, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=takes), **{**usual, **ids})


def against(wanted: Visit, **facts: Any) -> list[Conflict]:
    return find(wanted, Facts(zone=CHICAGO, **facts))


def codes(wanted: Visit, **facts: Any) -> list[str]:
    return [f"{conflict.code}: {conflict.severity}" for conflict in against(wanted, **facts)]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (visit(15, pk=7, patient_id=2), ["provider_busy: block"]),
        (visit(15, pk=7, provider_id=2), ["patient_busy: block"]),
        (visit(15, pk=7), ["provider_busy: block", "patient_busy: block"]),
        (visit(30, pk=7), []),
        (visit(-30, pk=7), []),
        (visit(0, pk=7, provider_id=2, patient_id=2, resource_ids=frozenset({5})), ["resource_busy: block"]),
        (visit(0, pk=7, provider_id=2, patient_id=2, resource_ids=frozenset({6})), []),
    ],
)
def test_nobody_and_nothing_is_in_two_places(other: Visit, found: list[str]) -> None:
    assert codes(visit(resource_ids=frozenset({5})), others=[other]) == found


@pytest.mark.parametrize(
    ("minutes", "found"), [((-60, 1), 1), ((29, 60), 1), ((-60, 0), 0), ((30, 60), 0), ((-60, 600), 1)]
)
def test_nobody_is_booked_into_a_blocked_time(minutes: tuple[int, int], found: int) -> None:
    blocked = [(NINE + timedelta(minutes=minutes[0]), NINE + timedelta(minutes=minutes[1]))]
    assert codes(visit(), blocked=blocked) == ["provider_blocked: block"] * found


def test_a_visit_does_not_stand_in_its_own_way() -> None:
    assert codes(visit(10, pk=7), others=[visit(pk=7)]) == []


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ([], []),
        ([(0, time(8), time(12))], []),
        ([(0, time(9), time(9, 30))], []),
        ([(0, time(9, 1), time(12))], ["outside_hours: warn"]),
        ([(0, time(8), time(9, 29))], ["outside_hours: warn"]),
        ([(1, time(8), time(12))], ["outside_hours: warn"]),
    ],
)
def test_a_provider_is_there_within_the_hours_on_the_clinics_clock(hours: Any, found: list[str]) -> None:
    assert codes(visit(), hours=hours) == found


@pytest.mark.parametrize(
    ("first", "last", "is_closed"), [(1, 1, False), (2, 2, True), (1, 3, True), (3, 4, False)]
)
def test_nobody_is_seen_on_a_closed_day(first: int, last: int, is_closed: bool) -> None:
    closed = [(date(2026, 3, first), date(2026, 3, last))]
    assert codes(visit(), closed=closed) == (["clinic_closed: block"] if is_closed else [])


def test_a_day_is_closed_by_the_clinics_calendar_and_not_by_that_of_utc() -> None:
    late = visit(14 * 60 + 30)
    assert late.starts_at.date() == date(2026, 3, 3)
    assert codes(late, closed=[(date(2026, 3, 2), date(2026, 3, 2))]) == ["clinic_closed: block"]
    assert codes(late, closed=[(date(2026, 3, 3), date(2026, 3, 3))]) == []


def test_a_visit_is_as_long_as_its_type_takes() -> None:
    assert codes(visit(), takes=timedelta(minutes=30)) == []
    assert codes(visit(), takes=timedelta(minutes=31)) == ["too_short: warn"]


@pytest.mark.parametrize(("days", "found"), [(6, ["too_soon: warn"]), (7, []), (60, [])])
def test_a_visit_is_not_too_soon_after_the_last_one(days: int, found: list[str]) -> None:
    # An hour later on that day: days of the calendar count.
    last_at = NINE - timedelta(days=days) + timedelta(hours=1)
    assert codes(visit(), last_at=last_at, interval_days=7) == found
    assert codes(visit(), last_at=last_at, interval_days=0) == []


@pytest.mark.parametrize(
    ("minutes", "clinic", "found"),
    [(59, 2, ["travel: warn"]), (60, 2, []), (-59, 2, ["travel: warn"]), (40, 1, [])],
)
def test_a_provider_needs_time_between_two_clinics(minutes: int, clinic: int, found: list[str]) -> None:
    other = visit(minutes, pk=7, clinic_id=clinic, patient_id=2)
    assert codes(visit(), others=[other], travel=timedelta(minutes=30)) == found


@pytest.mark.parametrize(
    ("minutes", "found"), [(59, ["patient_travel: warn"]), (60, []), (-59, ["patient_travel: warn"])]
)
def test_a_patient_needs_time_between_two_clinics(minutes: int, found: list[str]) -> None:
    other = visit(minutes, pk=7, clinic_id=2, provider_id=2)
    assert codes(visit(), others=[other], travel=timedelta(minutes=30)) == found


def test_an_explanation_says_when_on_the_clinics_clock_and_names_no_patient() -> None:
    said = against(visit(), others=[visit(15, pk=7, patient_id=2)])[0]
    assert said.explanation == "The provider has another visit from 09:15 to 09:45."
    assert said.is_block
    taken = visit(0, pk=7, provider_id=2, patient_id=2, resource_ids=frozenset({5}))
    room = against(visit(resource_ids=frozenset({5})), others=[taken], names={5: "Room 1"})[0]
    assert (room.explanation, room.severity) == ("Room 1 is taken by another visit then.", Severity.BLOCK)
