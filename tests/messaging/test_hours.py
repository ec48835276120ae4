"""Contact hours on plain days and on the nights when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.hours import all_open, is_open, last_all_open, next_all_open, next_open

CHICAGO, BERLIN, PHOENIX = (
    ZoneInfo(name) for name in ("America/Chicago", "Europe/Berlin", "America/Phoenix")
)
EIGHT, TWENTY, MIDNIGHT = time(8), time(20), time(0)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "open_"),
    [
        (CHICAGO, "2026-11-20T13:59:59", False),
        (CHICAGO, "2026-11-20T14:00", True),
        (CHICAGO, "2026-11-21T01:59:59", True),
        (CHICAGO, "2026-11-21T02:00", False),
        # Summer time: the same wall clock, an hour earlier.
        (CHICAGO, "2026-07-20T13:00", True),
        (CHICAGO, "2026-07-21T01:00", False),
        (PHOENIX, "2026-07-20T14:59", False),
        (PHOENIX, "2026-07-20T15:00", True),
        (PHOENIX, "2026-12-20T15:00", True),
        (BERLIN, "2026-03-28T07:00", True),
        (BERLIN, "2026-03-29T06:00", True),
    ],
)
def test_the_window_follows_the_wall_clock(zone: ZoneInfo, at: str, open_: bool) -> None:
    assert is_open(now=utc(at), zone=zone, start=EIGHT, end=TWENTY) is open_


@pytest.mark.parametrize(
    ("zone", "at", "opens"),
    [
        (CHICAGO, "2026-11-20T18:00", "2026-11-20T18:00"),
        (CHICAGO, "2026-11-20T05:00", "2026-11-20T14:00"),
        (CHICAGO, "2026-11-21T02:00", "2026-11-21T14:00"),
        # The evening before the clocks change.
        (CHICAGO, "2026-03-08T02:00", "2026-03-08T13:00"),
        (CHICAGO, "2026-11-01T01:00", "2026-11-01T14:00"),
        (BERLIN, "2026-03-28T19:00", "2026-03-29T06:00"),
        (BERLIN, "2026-10-24T18:00", "2026-10-25T07:00"),
        (PHOENIX, "2026-03-08T03:00", "2026-03-08T15:00"),
    ],
)
def test_a_closed_window_opens_at_its_start_on_the_wall_clock(zone: ZoneInfo, at: str, opens: str) -> None:
    assert next_open(now=utc(at), zone=zone, start=EIGHT, end=TWENTY) == utc(opens)


def test_a_start_in_the_hour_that_is_skipped_opens_when_the_clocks_jump() -> None:
    opens = next_open(now=utc("2026-03-08T07:00"), zone=CHICAGO, start=time(2, 30), end=TWENTY)
    assert opens == utc("2026-03-08T08:00")


def test_a_window_inside_the_hour_that_is_skipped_opens_the_day_after() -> None:
    opens = next_open(now=utc("2026-03-08T07:00"), zone=CHICAGO, start=time(2, 10), end=time(2, 50))
    assert opens == utc("2026-03-09T07:10")


@pytest.mark.parametrize(
    ("at", "opens"), [("2026-11-01T06:10", "2026-11-01T06:30"), ("2026-11-01T07:10", "2026-11-01T07:30")]
)
def test_a_start_in_the_hour_that_repeats_opens_both_times(at: str, opens: str) -> None:
    assert next_open(now=utc(at), zone=CHICAGO, start=time(1, 30), end=TWENTY) == utc(opens)


def test_a_window_that_closed_in_the_hour_that_repeats_opens_again() -> None:
    opens = next_open(now=utc("2026-11-01T06:45"), zone=CHICAGO, start=MIDNIGHT, end=time(1, 30))
    assert opens == utc("2026-11-01T07:00")


def test_the_answer_is_in_utc() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=CHICAGO)
    assert next_open(now=now, zone=BERLIN, start=MIDNIGHT, end=MIDNIGHT).tzinfo is UTC


def test_midnight_to_midnight_is_round_the_clock() -> None:
    assert is_open(now=utc("2026-11-20T05:59:59"), zone=CHICAGO, start=MIDNIGHT, end=MIDNIGHT)


def test_an_end_at_midnight_is_the_end_of_the_day() -> None:
    assert is_open(now=utc("2026-11-20T05:59:59"), zone=CHICAGO, start=EIGHT, end=MIDNIGHT)
    assert not is_open(now=utc("2026-11-20T06:00"), zone=CHICAGO, start=EIGHT, end=MIDNIGHT)


@pytest.mark.parametrize(("start", "end"), [(TWENTY, EIGHT), (EIGHT, EIGHT)])
def test_hours_that_end_before_they_start_are_refused(start: time, end: time) -> None:
    with pytest.raises(ValueError, match="end after they start"):
        next_open(now=utc("2026-11-20T12:00"), zone=CHICAGO, start=start, end=end)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        is_open(now=datetime(2026, 11, 20, 12), zone=CHICAGO, start=EIGHT, end=TWENTY)  # noqa: DTZ001 - the point


zones = st.sampled_from(
    [CHICAGO, BERLIN, PHOENIX, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Africa/Casablanca")]
)
# Around the nights of the year on which clocks change somewhere, and on plain days.
days = st.sampled_from(
    [utc(d) for d in ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-25", "2026-11-01", "2026-07-01")]
)
minutes = st.integers(-1500, 1500).map(lambda n: timedelta(minutes=n))
walls = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))


@given(zone=zones, day=days, offset=minutes, window=st.tuples(walls, walls).filter(lambda w: w[0] < w[1]))
def test_the_next_opening_is_open_and_no_minute_before_it_is(
    zone: ZoneInfo, day: datetime, offset: timedelta, window: tuple[time, time]
) -> None:
    now, (start, end) = day + offset, window
    opens = next_open(now=now, zone=zone, start=start, end=end)
    assert opens >= now
    assert is_open(now=opens, zone=zone, start=start, end=end)
    earlier = (now + timedelta(minutes=n) for n in range((opens - now) // timedelta(minutes=1)))
    assert not any(is_open(now=moment, zone=zone, start=start, end=end) for moment in earlier)


@given(
    places=st.lists(zones, min_size=1, max_size=3),
    day=days,
    offset=minutes,
    window=st.tuples(walls, walls).filter(lambda w: w[0] < w[1]),
)
def test_several_zones_open_together_at_the_first_minute_that_is_inside_in_all(
    places: list[ZoneInfo], day: datetime, offset: timedelta, window: tuple[time, time]
) -> None:
    now, (start, end) = day + offset, window
    opens = next_all_open(now=now, zones=places, start=start, end=end)
    ahead = ((opens or now + timedelta(days=2)) - now) // timedelta(minutes=1)
    earlier = (now + timedelta(minutes=number) for number in range(ahead))
    assert not any(all_open(now=moment, zones=places, start=start, end=end) for moment in earlier)
    assert opens is None or all_open(now=opens, zones=places, start=start, end=end)


def test_windows_that_never_meet_never_open() -> None:
    ten, noon = time(10), time(12)
    assert next_all_open(now=utc("2026-07-01T00:00"), zones=[CHICAGO, BERLIN], start=ten, end=noon) is None


@given(
    places=st.lists(zones, min_size=1, max_size=3),
    day=days,
    offset=minutes,
    window=st.tuples(walls, walls).filter(lambda w: w[0] < w[1]),
)
def test_the_last_opening_of_several_zones_holds_every_minute_and_ends_last(
    places: list[ZoneInfo], day: datetime, offset: timedelta, window: tuple[time, time]
) -> None:
    before, (start, end) = day + offset, window
    minute = timedelta(minutes=1)
    found = last_all_open(before=before, zones=places, start=start, end=end)
    opens, closes = found or (before, before - timedelta(days=2))
    is_inside = partial(all_open, zones=places, start=start, end=end)
    assert all(is_inside(now=opens + minute * n) for n in range(max(0, -((opens - closes) // minute))))
    assert not any(is_inside(now=closes + minute * n) for n in range((before - closes) // minute))
    assert found is None or not is_inside(now=opens - timedelta(microseconds=1))


def test_the_last_opening_ends_at_the_moment_itself_while_it_lasts() -> None:
    before = utc("2026-11-20T15:00")
    found = last_all_open(before=before, zones=[CHICAGO], start=EIGHT, end=TWENTY)
    assert found == (utc("2026-11-20T14:00"), before)


def test_windows_that_never_meet_have_not_been_open() -> None:
    found = last_all_open(
        before=utc("2026-07-01T00:00"), zones=[CHICAGO, BERLIN], start=time(10), end=time(12)
    )
    assert found is None


def test_windows_round_the_clock_have_been_open_for_days() -> None:
    before = utc("2026-11-20T15:00")
    found = last_all_open(before=before, zones=[CHICAGO], start=MIDNIGHT, end=MIDNIGHT)
    assert found is not None
    assert before - found[0] >= timedelta(days=3)
