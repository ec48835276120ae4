"""Birthdays and the morning in which they are greeted, with no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach import greeting_days
from outreach.greeting_days import Clocks, Unfit

CHICAGO = ZoneInfo("America/Chicago")
DAY = timedelta(days=1)


def clocks(*zones: str, start: time = time(8), end: time = time(20)) -> Clocks:
    found = tuple(ZoneInfo(zone) for zone in zones or ("America/Chicago",))
    return Clocks(zones=found, start=start, end=end)


def whole_year(year: int) -> list[date]:
    return [
        date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]


@pytest.mark.parametrize("year", [2027, 2028, 2100])
def test_in_every_kind_of_year_every_birth_has_one_birthday(year: int) -> None:
    found = greeting_days.births(whole_year(year))
    leap_year = {(day.month, day.day) for day in whole_year(2028)}
    assert sorted((month, day) for month, day, _ in found) == sorted(leap_year)
    on = {(month, day): birthday for month, day, birthday in found}
    assert on[2, 29] == date(year, 2, 29 if year == 2028 else 28)
    assert all((on[birth].month, on[birth].day) == birth for birth in leap_year - {(2, 29)})


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # Midnight in Chicago is 06:00 UTC.
        ((time(8), time(20)), datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ((time(0), time(0)), datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 3, 2, 15, tzinfo=UTC)),
        (
            (time(10, 30), time(18)),
            datetime(2026, 3, 2, 6, tzinfo=UTC),
            datetime(2026, 3, 2, 16, 30, tzinfo=UTC),
        ),
        (
            (time(8), time(20)),
            datetime(2026, 3, 2, 17, 3, tzinfo=UTC),
            datetime(2026, 3, 2, 17, 3, tzinfo=UTC),
        ),
        # After eight in the evening it is late by a day, and after two days too late.
        ((time(0), time(0)), datetime(2026, 3, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, 15, tzinfo=UTC)),
        (
            (time(8), time(20)),
            datetime(2026, 3, 5, 1, 59, tzinfo=UTC),
            datetime(2026, 3, 5, 1, 59, tzinfo=UTC),
        ),
        ((time(8), time(20)), datetime(2026, 3, 5, 2, 0, tzinfo=UTC), Unfit.MISSED),
        ((time(6), time(9)), datetime(2026, 3, 2, 6, tzinfo=UTC), Unfit.OUTSIDE_HOURS),
    ],
)
def test_a_birthday_is_greeted_in_its_morning_or_late(
    hours: tuple[time, time], at: datetime, expected: datetime | Unfit
) -> None:
    window = clocks(start=hours[0], end=hours[1])
    assert greeting_days.moment(on=date(2026, 3, 2), late_days=2, clocks=window, now=at) == expected


def test_of_several_clocks_all_must_show_the_day_and_the_morning() -> None:
    both = clocks("America/New_York", "America/Los_Angeles")
    midnight = datetime(2026, 3, 2, 5, tzinfo=UTC)
    found = greeting_days.moment(on=date(2026, 3, 2), late_days=0, clocks=both, now=midnight)
    assert found == datetime(2026, 3, 2, 17, tzinfo=UTC)
    never = clocks("Pacific/Auckland", "America/Chicago", start=time(9), end=time(10))
    found = greeting_days.moment(on=date(2026, 3, 2), late_days=2, clocks=never, now=midnight)
    assert found == Unfit.OUTSIDE_HOURS


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Phoenix", "Europe/Berlin"])
@pytest.mark.parametrize(
    "change", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)]
)
def test_when_the_clocks_change_nobody_is_greeted_at_night_or_on_another_day(zone: str, change: date) -> None:
    for on in (change + timedelta(days=n) for n in range(-3, 4)):
        now = datetime.combine(on - DAY, time(0), UTC)
        found = greeting_days.moment(on=on, late_days=0, clocks=clocks(zone), now=now)
        assert isinstance(found, datetime)
        local = found.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (on, time(9))
        over = greeting_days.over_at(on=on, late_days=0, clocks=clocks(zone))
        last = (over - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert (last.date(), last.time()) == (on, time(23, 59, 59))


def test_today_is_every_date_that_some_clock_shows() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert greeting_days.today_anywhere(noon) == (date(2026, 3, 2), date(2026, 3, 3))
    assert greeting_days.today_anywhere(noon - timedelta(seconds=1)) == (date(2026, 3, 1), date(2026, 3, 3))
