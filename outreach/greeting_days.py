"""When somebody is greeted: in the morning of the birthday, on the patient's own clocks. Pure.

Greetings keep to stricter hours than other words: not before nine and not after eight in the evening,
however long a clinic's contact hours are.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from messaging import hours

MORNING, EVENING = time(9), time(20)
# The most that a clinic may choose: Clinic.greeting_late_days.
LATEST_DAYS = 14
_MIDNIGHT = time(0)
_DAY = timedelta(days=1)
# A day lasts from its beginning in the first zone of the world to its end in the last one.
EARLIEST_ZONE, LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)


class Unfit(StrEnum):
    """Why a birthday cannot be greeted at any moment from now on."""

    MISSED = "missed"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The zones in all of which the patient must be awake, and the contact hours there.

    No zone: one has a name that nobody knows, and no hour is a contact hour.
    """

    zones: tuple[ZoneInfo, ...]
    start: time
    end: time


def births(days: Iterable[date]) -> list[tuple[int, int, date]]:
    """Month and day of the births whose birthday is on one of the days, each with that day.

    Whoever was born on 29 February has the birthday on the 28th in years without a 29th.
    """
    found = []
    for day in days:
        found.append((day.month, day.day, day))
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found.append((2, 29, day))
    return found


def today_anywhere(now: datetime) -> tuple[date, date]:
    """The first and the last date that some clock of the world shows at `now`, which is aware."""
    moment = now.astimezone(UTC)
    return (moment - LATEST_ZONE).date(), (moment + EARLIEST_ZONE).date()


# The patients of a clinic have few different clocks, and a day has hundreds of birthdays.
@lru_cache(maxsize=1024)
def moment(*, on: date, late_days: int, clocks: Clocks, now: datetime) -> datetime | Unfit:
    """The first moment (UTC) from `now` on at which a birthday may be greeted: `now` where it may at once.

    It is greeted on the day `on`, or by up to `late_days` days late, where every clock of the patient shows
    that day and is within the hours.
    """
    start, end = opening(clocks)
    if start >= end or not clocks.zones:
        return Unfit.OUTSIDE_HOURS
    begins = max(_midnight(on, zone) for zone in clocks.zones)
    ends = over_at(on=on, late_days=late_days, clocks=clocks)
    from_now = max(begins, now.astimezone(UTC))
    opens = hours.next_all_open(now=from_now, zones=clocks.zones, start=start, end=end)
    if opens is None:
        return Unfit.OUTSIDE_HOURS
    return opens if opens < ends else Unfit.MISSED


def over_at(*, on: date, late_days: int, clocks: Clocks) -> datetime:
    """From when on (UTC) a greeting is of no use to anybody."""
    return min(_midnight(on + (late_days + 1) * _DAY, zone) for zone in clocks.zones)


def opening(clocks: Clocks) -> tuple[time, time]:
    """The stricter hours: from the first on and before the second, which may be earlier than the first."""
    end = EVENING if clocks.end == _MIDNIGHT else min(clocks.end, EVENING)
    return max(clocks.start, MORNING), end


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, _MIDNIGHT, zone).astimezone(UTC)
