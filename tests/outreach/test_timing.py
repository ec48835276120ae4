"""Rule 20: reminders keep out of the night, the nights on which clocks change included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.timing import Due, Unfit, Window, plan

CHICAGO, PHOENIX, BERLIN = (
    ZoneInfo(name) for name in ("America/Chicago", "America/Phoenix", "Europe/Berlin")
)
LOS_ANGELES, NEW_YORK = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
A_DAY, TWO_HOURS = 24 * 60, 2 * 60
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def local(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def by_day(*zones: ZoneInfo) -> Window:
    """From 8 to 20 o'clock."""
    return Window(zones=zones or (CHICAGO,), start=time(8), end=time(20))


def planned(
    starts_at: datetime,
    *,
    now: datetime = LONG_AGO,
    before: Sequence[int] = (A_DAY, TWO_HOURS),
    window: Window | None = None,
) -> list[Due]:
    return plan(starts_at=starts_at, minutes_before=before, now=now, window=window or by_day())


def walls(dues: list[Due], zone: ZoneInfo = CHICAGO) -> list[str]:
    """When each of them is due on the wall clock, or why it is not."""
    return [str(due.unfit or f"{due.due_at.astimezone(zone):%a %H:%M}") for due in dues]


@pytest.mark.parametrize(
    ("visit", "due"),
    [
        # Wednesday, the 4th of March
        ("2026-03-04T14:00", ["Tue 14:00", "Wed 12:00"]),
        ("2026-03-04T10:00", ["Tue 10:00", "Wed 08:00"]),
        # An early visit: the second one goes the evening before.
        ("2026-03-04T09:59", ["Tue 09:59", "Tue 19:30"]),
        ("2026-03-04T08:00", ["Tue 08:00", "Tue 19:30"]),
        # An evening visit: both moments exist, the first one a little earlier.
        ("2026-03-04T20:30", ["Tue 19:30", "Wed 18:30"]),
        ("2026-03-04T06:00", ["Mon 19:30", "Tue 19:30"]),
        # At night, across midnight
        ("2026-03-04T00:30", ["Mon 19:30", "Tue 19:30"]),
    ],
)
def test_rule_20_a_reminder_at_night_goes_the_evening_before(visit: str, due: list[str]) -> None:
    assert walls(planned(local(visit))) == due


@pytest.mark.parametrize(
    ("visit", "zone", "due"),
    [
        # The clocks go forward in the night to Sunday, the 8th of March.
        ("2026-03-08T08:30", CHICAGO, ["Fri 19:30", "Sat 19:30"]),
        ("2026-03-08T10:30", CHICAGO, ["Sat 09:30", "Sun 08:30"]),
        ("2026-03-08T09:00", CHICAGO, ["Sat 08:00", "Sat 19:30"]),
        ("2026-03-09T09:00", CHICAGO, ["Sun 09:00", "Sun 19:30"]),
        # And back in the night to Sunday, the 1st of November: 24 hours before is an hour later on the wall.
        ("2026-11-01T08:30", CHICAGO, ["Sat 09:30", "Sat 19:30"]),
        ("2026-11-01T19:30", CHICAGO, ["Sat 19:30", "Sun 17:30"]),
        ("2026-11-01T10:00", CHICAGO, ["Sat 11:00", "Sun 08:00"]),
        # Never in Phoenix
        ("2026-03-08T08:30", PHOENIX, ["Sat 08:30", "Sat 19:30"]),
        ("2026-11-01T08:30", PHOENIX, ["Sat 08:30", "Sat 19:30"]),
        # Three weeks after and a week before Chicago in Berlin
        ("2026-03-29T08:30", BERLIN, ["Fri 19:30", "Sat 19:30"]),
        ("2026-03-29T10:30", BERLIN, ["Sat 09:30", "Sun 08:30"]),
        ("2026-10-25T08:30", BERLIN, ["Sat 09:30", "Sat 19:30"]),
        ("2026-10-25T03:15", BERLIN, ["Fri 19:30", "Sat 19:30"]),
    ],
)
def test_rule_20_nights_on_which_clocks_change(visit: str, zone: ZoneInfo, due: list[str]) -> None:
    assert walls(planned(local(visit, zone), window=by_day(zone)), zone) == due


def test_rule_20_every_zone_that_the_patient_may_be_in_is_awake() -> None:
    coasts = by_day(NEW_YORK, LOS_ANGELES)
    found = planned(local("2026-03-04T09:00", NEW_YORK), window=coasts)
    # 24 hours before it is 6 o'clock in Los Angeles; two hours before it is night in both.
    assert walls(found, NEW_YORK) == ["Mon 19:30", "Tue 19:30"]
    assert walls(found, LOS_ANGELES) == ["Mon 16:30", "Tue 16:30"]


def test_zones_whose_hours_never_meet_leave_no_moment() -> None:
    apart = Window(zones=(CHICAGO, BERLIN), start=time(10), end=time(12))
    assert walls(planned(local("2026-03-04T14:00"), window=apart)) == ["outside_hours", "outside_hours"]


def test_a_reminder_whose_moment_was_over_at_booking_is_not_sent() -> None:
    starts_at = local("2026-03-04T14:00")
    assert walls(planned(starts_at, now=starts_at - timedelta(hours=10))) == ["booked_too_late", "Wed 12:00"]
    assert walls(planned(starts_at, now=starts_at - timedelta(hours=1))) == ["booked_too_late"] * 2


@pytest.mark.parametrize(
    ("booked", "due"),
    [
        ("2026-03-03T19:00", ["booked_too_late", "Tue 19:30"]),
        # The moment is over, the evening is not.
        ("2026-03-03T19:45", ["booked_too_late", "Tue 19:45"]),
        ("2026-03-03T20:05", ["booked_too_late", "booked_too_late"]),
        ("2026-03-04T05:00", ["booked_too_late", "booked_too_late"]),
    ],
)
def test_an_early_visit_booked_in_the_evening_before(booked: str, due: list[str]) -> None:
    assert walls(planned(local("2026-03-04T08:00"), now=local(booked))) == due


def test_two_reminders_that_would_come_together_are_one_and_the_nearer_one_goes() -> None:
    found = planned(local("2026-03-04T07:45"), before=[12 * 60, TWO_HOURS])
    assert walls(found) == ["one_is_enough", "Tue 19:30"]


def test_reminders_close_by_choice_of_the_clinic_all_go() -> None:
    assert walls(planned(local("2026-03-04T14:00"), before=[90, 60, 30])) == [
        "Wed 12:30",
        "Wed 13:00",
        "Wed 13:30",
    ]


def test_a_window_shorter_than_the_margin_is_used_from_its_start() -> None:
    lunch = Window(zones=(CHICAGO,), start=time(12), end=time(12, 10))
    assert walls(planned(local("2026-03-04T14:00"), before=[TWO_HOURS - 30], window=lunch)) == ["Wed 12:00"]


minutes = st.integers(0, 14 * 24 * 60).map(lambda n: timedelta(minutes=n))
# A week around each change of the clocks of the three zones.
weeks = st.sampled_from([datetime(2026, m, d, tzinfo=UTC) for m, d in ((3, 5), (3, 26), (10, 22), (10, 29))])
offsets = st.lists(st.integers(5, 3 * 24 * 60), max_size=5, unique=True)
zones = st.lists(st.sampled_from([CHICAGO, PHOENIX, BERLIN, LOS_ANGELES]), min_size=1, max_size=2)
walls_of_day = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))
windows = st.tuples(walls_of_day, walls_of_day).filter(lambda w: w[0] < w[1])


@given(week=weeks, ahead=minutes, booked=minutes, before=offsets, places=zones, hours=windows)
def test_rule_20_none_at_night_none_lost_none_doubled(
    week: datetime,
    ahead: timedelta,
    booked: timedelta,
    before: list[int],
    places: list[ZoneInfo],
    hours: tuple[time, time],
) -> None:
    starts_at = week + ahead
    now, window = starts_at - booked, Window(zones=places, start=hours[0], end=hours[1])
    found = plan(starts_at=starts_at, minutes_before=before, now=now, window=window)
    assert [due.minutes_before for due in found] == sorted(before, reverse=True)
    sent = [due for due in found if due.unfit is None]
    for due in sent:
        assert window.holds(due.due_at)
        assert now <= due.due_at < starts_at
        assert due.due_at <= starts_at - timedelta(minutes=due.minutes_before)
    for due in found:
        wanted_at = starts_at - timedelta(minutes=due.minutes_before)
        if due.unfit == Unfit.BOOKED_TOO_LATE:
            assert wanted_at <= now or not window.holds(wanted_at)
        elif due.unfit == Unfit.ONE_IS_ENOUGH:
            assert sent
    moments = [due.due_at for due in sent]
    assert len(set(moments)) == len(moments)
