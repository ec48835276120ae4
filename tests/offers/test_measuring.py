"""Every figure of analytics against a history that was made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from offers import counting, figures, measuring
from offers.figures import Period
from offers.measuring import Lot, Summary
from tests.factories import CancellationFactory, ClinicFactory, OfferFactory
from tests.offers.history import DAYS, KNOWN, NOW, SATURDAY_NIGHT, History, logged

pytestmark = pytest.mark.django_db


@pytest.fixture
def history() -> History:
    return History()


def summary(period: Period = DAYS, scope: Iterable[int] | None = None, **fields: Any) -> Summary:
    return measuring.summary(period=period, scope=scope, now=NOW, **fields)


def logged_by(lots: Iterable[Lot]) -> dict[str, int]:
    return {lot.name: lot.counts.logged for lot in lots if lot.counts.logged}


def test_every_figure_is_as_the_history_says(history: History) -> None:
    whole = summary().whole
    assert {figure: getattr(whole, figure) for figure in KNOWN} == KNOWN


def test_every_figure_of_the_counts_is_known(history: History) -> None:
    counted = set(asdict(summary().whole)) - {"fill_median", "fill_ninth", "fill_bands"}
    assert counted <= set(KNOWN)


def test_the_times_to_fill_lie_in_their_bands_and_an_end_belongs_to_the_lower(history: History) -> None:
    assert {band.label: band.count for band in summary().fill_bands if band.count} == {
        "up to 5 min": 1,
        "2 h – 6 h": 1,
    }


def test_the_times_to_answer_run_from_the_handing_over_to_the_first_answer(history: History) -> None:
    replies = summary().replies
    assert (replies.answers, replies.median_minutes, replies.ninth_minutes) == (3, 8.0, 20.0)
    bands = {band.label: band.count for band in replies.bands if band.count}
    assert bands == {"1 min – 3 min": 1, "7 min – 15 min": 1, "15 min – 45 min": 1}


def test_the_funnel_counts_people_once_for_each_slot_and_once_at_all(history: History) -> None:
    steps = {step.figure: (step.times, step.people) for step in summary().funnel}
    assert steps == {"considered": (17, 10), "asked": (4, 4), "answered": (3, 3), "won": (1, 1)}


def test_a_person_who_is_asked_about_two_slots_is_one_person(history: History) -> None:
    entry = history.at_lakeside[4]
    for hours in (5, 6):
        slot = logged(NOW - timedelta(hours=hours), **history.here)
        OfferFactory.create(cancellation=slot, entry=entry, status="expired", hold_expires_at=NOW)
    asked = summary().funnel[1]
    assert (asked.times, asked.people) == (6, 5)


def test_too_many_considered_are_not_told_apart(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(counting._CONSTANTS, "most_looks", 20)
    considered = summary().funnel[0]
    assert (considered.times, considered.people) == (17, None)


def test_each_target_says_what_it_is_a_share_of(history: History) -> None:
    shares = {aim.target.figure: (aim.share.part, aim.share.of, aim.is_met) for aim in summary().aims}
    assert shares == {"in_time": (1, 5, False), "delivered": (7, 9, False), "by_hand": (2, 4, False)}


def test_slots_are_told_apart_by_clinic_and_by_provider(history: History) -> None:
    found = summary()
    assert logged_by(found.by_clinic) == {"Foothills": 5, "Lakeside": 3}
    assert logged_by(found.by_provider) == {"Dr. Okafor": 3, "Dr. Weiss": 5}
    lakeside = found.by_clinic[1].counts
    assert (lakeside.in_time, lakeside.counted, lakeside.handed_over, lakeside.days_gained) == (1, 2, 7, 13)


def test_the_parts_add_up_to_the_whole(history: History) -> None:
    found = summary()
    for lots in (found.by_clinic, found.by_provider, found.by_hour, found.by_day):
        for figure in (
            "logged",
            "counted",
            "in_time",
            "filled",
            "handed_over",
            "delivered",
            "asked",
            "taken",
        ):
            assert sum(getattr(lot.counts, figure) for lot in lots) == getattr(found.whole, figure)


def test_the_hour_and_the_day_are_those_of_the_clinic_s_own_clock(history: History) -> None:
    found = summary()
    hours = {lot.name: lot.counts.to_call for lot in found.by_hour if lot.counts.to_call}
    days = {lot.name: lot.counts.to_call for lot in found.by_day if lot.counts.to_call}
    assert (hours, days) == ({"23:00": 1}, {"2026-02-28": 1})


def test_a_slot_of_the_last_minute_belongs_to_its_own_day(history: History) -> None:
    night = Period(date(2026, 2, 28), date(2026, 2, 28))
    assert summary(night).whole.logged == 2
    assert summary(Period(date(2026, 3, 1), date(2026, 3, 1))).whole.logged == 0
    assert SATURDAY_NIGHT.date() == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("day", "hours", "offsets"),
    [(date(2026, 3, 8), 23, (6, 5)), (date(2026, 11, 1), 25, (5, 6)), (date(2026, 7, 1), 24, (5, 5))],
)
def test_a_day_on_which_the_clocks_change_has_all_its_hours(
    day: date, hours: int, offsets: tuple[int, int]
) -> None:
    clinic = ClinicFactory.create(timezone="America/Chicago")
    midnight = datetime(day.year, day.month, day.day, offsets[0], tzinfo=UTC)
    for hour in range(-1, hours + 1):
        logged(midnight + timedelta(hours=hour, minutes=1), clinic=clinic, status="withdrawn")
    found = summary(Period(day, day))
    assert found.whole.logged == hours
    by_hour = [lot.counts.logged for lot in found.by_hour]
    assert (len(by_hour), sum(by_hour)) == (24, hours)
    assert by_hour == {23: [1, 1, 0, *[1] * 21], 25: [1, 2, *[1] * 22], 24: [1] * 24}[hours]


def test_a_day_gained_is_a_day_of_the_calendar_even_where_it_has_23_hours(history: History) -> None:
    alice = history.at_lakeside[0]
    alice.refresh_from_db()
    new = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)  # half past midnight; the next midnight is 23 hours on
    alice.offers.get().cancellation.__class__.objects.filter(offers__entry=alice).update(
        starts_at=new, ends_at=new + timedelta(minutes=30)
    )
    old = {"starts_at": new + timedelta(hours=23), "ends_at": new + timedelta(hours=23, minutes=30)}
    alice.current_appointment.__class__.objects.filter(pk=alice.current_appointment_id).update(**old)
    assert summary(provider_id=history.okafor.pk).whole.days_gained == 1 + 3


@pytest.mark.parametrize(
    ("scope", "clinic", "logged"),
    [
        (None, None, 8),
        (["lakeside"], None, 3),
        (["lakeside", "foothills"], "foothills", 5),
        (["lakeside"], "foothills", 0),
        ([], None, 0),
    ],
)
def test_a_clinic_narrows_what_the_reader_may_see_and_never_widens_it(
    history: History, scope: list[str] | None, clinic: str | None, logged: int
) -> None:
    ids = None if scope is None else [getattr(history, name).pk for name in scope]
    wanted = getattr(history, clinic).pk if clinic else None
    assert summary(scope=ids, clinic_id=wanted).whole.logged == logged


def test_a_provider_s_figures_are_those_of_his_or_her_slots(history: History) -> None:
    found = summary(provider_id=history.weiss.pk)
    assert (found.whole.logged, found.whole.to_call, found.funnel[1].people) == (5, 1, 1)
    assert [lot.name for lot in found.by_clinic] == ["Foothills"]


def test_without_any_slot_everything_is_nought_or_unknown() -> None:
    found = summary()
    assert found.whole == figures.Counts()
    assert [aim.is_met for aim in found.aims] == [None, None, None]
    assert (found.replies.answers, found.replies.median) == (0, None)
    assert [step.times for step in found.funnel] == [step.people for step in found.funnel] == [0, 0, 0, 0]


def test_a_winner_who_had_another_reason_to_cancel_gained_no_days(history: History) -> None:
    alice = history.at_lakeside[0]
    alice.refresh_from_db()
    alice.current_appointment.cancel_reason = "ill"
    alice.current_appointment.save(update_fields=["cancel_reason"])
    assert (summary().whole.moved, summary().whole.days_gained) == (1, 3)


def test_a_thousand_slots_cost_as_many_queries_as_ten() -> None:
    clinic = ClinicFactory.create()
    counts = []
    for more in (10, 990):
        made = CancellationFactory.create(clinic=clinic, created_at=NOW, status="withdrawn")
        made_at = {"clinic": clinic, "provider": made.provider, "visit_type": made.visit_type}
        rows = CancellationFactory.build_batch(more - 1, **made_at, created_at=NOW, status="withdrawn")
        CancellationFactory._meta.model.objects.bulk_create(rows)
        with CaptureQueriesContext(connection) as queries:
            found = summary()
        counts.append(len(queries))
    assert found.whole.logged == 1000
    assert counts == [3, 3]


def test_the_last_slot_is_found_by_its_clinic_s_calendar(history: History) -> None:
    assert measuring.last_logged_on(scope=None) == date(2026, 3, 2)
    assert measuring.last_logged_on(scope=[]) is None
    assert measuring.last_logged_on(scope=None, clinic_id=history.lakeside.pk) == date(2026, 3, 2)
