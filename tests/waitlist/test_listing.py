"""The list as staff read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.models import Clinic
from tests import factories
from waitlist import joining, listing, points, scoring
from waitlist.listing import Wanted
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create()
    return made


def waits(clinic: Clinic, **fields: Any) -> WaitlistEntry:
    made: WaitlistEntry = factories.WaitlistEntryFactory.create(clinic=clinic, **{"joined_at": NOW, **fields})
    return made


def found(clinic: Clinic, **wanted: Any) -> list[WaitlistEntry]:
    page = listing.page(wanted=Wanted(clinic=clinic, **wanted), now=NOW, size=50)
    assert page.total == len(page.rows)
    return [row.entry for row in page.rows]


def test_the_best_comes_first_and_ties_go_by_joining_then_by_number(clinic: Clinic) -> None:
    late, early = waits(clinic), waits(clinic, joined_at=NOW - timedelta(days=1))
    twin, best = waits(clinic), waits(clinic, urgent=True)
    assert found(clinic) == [best, early, late, twin]


def test_other_clinics_and_those_who_left_are_not_listed(clinic: Clinic) -> None:
    waits(factories.ClinicFactory())
    waits(clinic, status="removed")
    paused = waits(clinic, status="paused")
    assert found(clinic) == [paused]
    assert found(clinic, status="waiting") == []


def test_a_provider_finds_whoever_would_take_that_provider(clinic: Clinic) -> None:
    alice = factories.ProviderFactory(provider_type="nurse", clinics=[clinic])
    bob = factories.ProviderFactory(provider_type="dentist", clinics=[clinic])
    named, nurse, anybody = waits(clinic, provider=alice), waits(clinic, provider_type="nurse"), waits(clinic)
    waits(clinic, provider=bob)
    waits(clinic, provider_type="dentist")
    assert found(clinic, provider_id=alice.pk) == [named, nurse, anybody]


def test_visit_type_and_urgency_narrow_the_list(clinic: Clinic) -> None:
    visit = factories.VisitTypeFactory()
    wanted = waits(clinic, visit_type=visit, urgent=True)
    waits(clinic, visit_type=visit)
    waits(clinic, urgent=True)
    assert found(clinic, visit_type_id=visit.pk, urgent=True) == [wanted]


def test_a_page_is_a_part_of_the_whole(clinic: Clinic) -> None:
    entries = [waits(clinic) for _ in range(5)]
    second = listing.page(wanted=Wanted(clinic=clinic), now=NOW, size=2, number=2)
    assert [row.entry for row in second.rows] == entries[2:4]
    assert second.total == 5
    assert listing.page(wanted=Wanted(clinic=clinic), now=NOW, size=2, number=9).rows == []


def statements(clinic: Clinic) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        found(clinic)
    return [query["sql"] for query in queries]


def test_a_long_list_is_sorted_once_until_somebody_in_line_changes(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WORTH_KEEPING", 2)
    first, second = waits(clinic, urgent=True), waits(clinic)
    assert found(clinic) == [first, second]
    assert not [sql for sql in statements(clinic) if "array_agg" in sql]
    late = NOW + timedelta(seconds=1)
    joining.edit(
        entry_id=second.pk, changes={"manual_boost": 40, "boost_reason": "pain"}, by="maria", now=late
    )
    assert found(clinic) == [second, first]


def test_who_has_left_a_list_that_was_sorted_is_not_shown(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WORTH_KEEPING", 2)
    first, second = waits(clinic, urgent=True), waits(clinic)
    assert found(clinic) == [first, second]
    WaitlistEntry.objects.filter(pk=second.pk).update(status="removed")
    assert [row.entry for row in listing.page(wanted=Wanted(clinic=clinic), now=NOW, size=50).rows] == [first]


def test_a_list_of_another_filter_is_another_list(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WORTH_KEEPING", 1)
    first, second = waits(clinic, urgent=True), waits(clinic)
    assert found(clinic) == [first, second]
    assert found(clinic, urgent=False) == [second]
    assert found(clinic, urgent=True) == [first]


@given(
    urgent=st.booleans(),
    boost=st.integers(0, 40),
    booked_in=st.none() | st.integers(0, 90),
    joined_ago=st.integers(0, 200),
    furthest=st.booleans(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_list_and_the_pure_formula_agree(
    clinic: Clinic, urgent: bool, boost: int, booked_in: int | None, joined_ago: int, furthest: bool
) -> None:
    Clinic.objects.filter(pk=clinic.pk).update(favour_furthest=furthest)
    clinic.refresh_from_db()
    at = None if booked_in is None else NOW + timedelta(days=booked_in, hours=1)
    visit = at and factories.AppointmentFactory(clinic=clinic, starts_at=at, ends_at=at + HALF_AN_HOUR)
    joined_at = NOW - timedelta(days=joined_ago)
    reason = "asked" if boost else ""
    fields = {"urgent": urgent, "manual_boost": boost, "boost_reason": reason, "joined_at": joined_at}
    entry = waits(clinic, current_appointment=visit, **fields)
    rows = listing.page(wanted=Wanted(clinic=clinic), now=NOW, size=1000).rows
    assert next(row.parts for row in rows if row.entry == entry) == scoring.score(
        urgent=urgent,
        manual_boost=boost,
        current_on=at.astimezone(clinic.zone).date() if at else None,
        joined_at=joined_at,
        now=NOW.astimezone(clinic.zone),
        weights=points.weights_of(clinic),
    )
