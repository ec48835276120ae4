"""Contact hours: a window of local wall time on every day, whatever the clocks do that day. Pure.

The window holds its start and not its end. An end of 00:00 is midnight at the end of the day, so that
00:00 to 00:00 is round the clock. Any other end must come after its start: ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_MIDNIGHT = time(0)
_SECOND = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(days=3)


def is_open(*, now: datetime, zone: ZoneInfo, start: time, end: time) -> bool:
    """Whether the wall clock of `zone` is inside the window at `now`, which is aware."""
    _check(now, start, end)
    wall = now.astimezone(zone).time()
    return start <= wall and (end == _MIDNIGHT or wall < end)


def next_open(*, now: datetime, zone: ZoneInfo, start: time, end: time) -> datetime:
    """The first moment from `now` on at which the window is open, in UTC; `now` itself where it is."""
    moment = now.astimezone(UTC)
    if is_open(now=now, zone=zone, start=start, end=end):
        return moment
    today = now.astimezone(zone).date()
    # Clocks that jump over the whole window put it off to the next day.
    for day in (today + timedelta(days=ahead) for ahead in range(4)):
        openings = sorted(found for found in _openings(day, zone, start) if found >= moment)
        for opening in openings:
            if is_open(now=opening, zone=zone, start=start, end=end):
                return opening
    raise ValueError(f"{zone} never shows a time between {start} and {end}")


def all_open(*, now: datetime, zones: Sequence[ZoneInfo], start: time, end: time) -> bool:
    """Whether every one of the zones is inside the window at `now`; never where there is none to look at."""
    return bool(zones) and all(is_open(now=now, zone=zone, start=start, end=end) for zone in zones)


def next_all_open(*, now: datetime, zones: Sequence[ZoneInfo], start: time, end: time) -> datetime | None:
    """The first moment from `now` on, in UTC, at which every zone is inside; None: the windows never meet,
    or there is no zone to look at.

    One zone after the other is waited for until none moves the moment on. Three days hold every kind of
    meeting: only the nights when clocks change differ from each other.
    """
    moment = now.astimezone(UTC)
    while zones and moment - now <= _LONGEST_WAIT:
        later = max(next_open(now=moment, zone=zone, start=start, end=end) for zone in zones)
        if later == moment:
            return moment
        moment = later
    return None


def last_all_open(
    *, before: datetime, zones: Sequence[ZoneInfo], start: time, end: time
) -> tuple[datetime, datetime] | None:
    """The last time before `before` in which every zone is inside, from its first moment (UTC) until just
    before its end, which is `before` at the latest; None: there was none in three days.
    """
    _check(before, start, end)
    moment = before.astimezone(UTC)
    edges = sorted({edge for zone in zones for edge in _edges(moment, zone, start, end)} | {moment})
    found: tuple[datetime, datetime] | None = None
    # Between two edges nothing changes, so that the first moment of a stretch speaks for all of it.
    for opens, closes in reversed(list(pairwise(edge for edge in edges if edge <= moment))):
        if all_open(now=opens, zones=zones, start=start, end=end):
            found = (opens, found[1] if found else closes)
        elif found:
            break
    return found


def _edges(moment: datetime, zone: ZoneInfo, start: time, end: time) -> Iterator[datetime]:
    """Every moment of the days up to `moment` at which the window of a zone may open or close."""
    today = moment.astimezone(zone).date()
    for day in (today - timedelta(days=back) for back in range(_LONGEST_WAIT.days + 1)):
        yield from _openings(day, zone, start)
        yield from _openings(day if end != _MIDNIGHT else day + timedelta(days=1), zone, end)


def _openings(day: date, zone: ZoneInfo, start: time) -> Iterator[datetime]:
    """The moments of a day at which a window may open: its start, two in an hour that repeats, and a jump."""
    for fold in (0, 1):
        yield datetime.combine(day, start, zone).replace(fold=fold).astimezone(UTC)
    before = datetime.combine(day, _MIDNIGHT, zone).astimezone(UTC)
    after = datetime.combine(day + timedelta(days=1), _MIDNIGHT, zone).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    if offset == after.astimezone(zone).utcoffset():
        return
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    yield after


def _check(now: datetime, start: time, end: time) -> None:
    if now.tzinfo is None:
        raise ValueError("the moment has no time zone")
    if start >= end != _MIDNIGHT:
        raise ValueError(f"contact hours end after they start: {start} to {end}")
