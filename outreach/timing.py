"""When a patient is reminded of a visit: so long before it, but never at night. Pure.

A reminder whose moment is outside contact hours goes the evening before: in the last of the hours that end
before it. Nothing is put off until the morning, when the visit may have begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from messaging import hours

# Before the window closes: the last reminders of an evening have to wait for those before them.
MARGIN = timedelta(minutes=30)
# Two reminders of a visit that come closer than this, one of them moved, are one too many.
TOO_CLOSE = timedelta(hours=1)


class Unfit(StrEnum):
    """Why a reminder is not sent at all."""

    # The visit was booked when its moment was over.
    BOOKED_TOO_LATE = "booked_too_late"
    # The zones in which the patient may be never have contact hours at once.
    OUTSIDE_HOURS = "outside_hours"
    # A reminder nearer to the visit comes at the same time.
    ONE_IS_ENOUGH = "one_is_enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Contact hours on the wall clocks of every zone in which the patient may be."""

    zones: Sequence[ZoneInfo]
    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        return hours.all_open(now=moment, zones=self.zones, start=self.start, end=self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When one of a visit's reminders is due (UTC). Where it is `unfit` it is not sent."""

    minutes_before: int
    due_at: datetime
    unfit: Unfit | None = None


def plan(*, starts_at: datetime, minutes_before: Sequence[int], now: datetime, window: Window) -> list[Due]:
    """The reminders of a visit that is booked at `now`, one for each of `minutes_before`, the earliest first.

    Moments are aware. None is due outside the window, before `now`, or when the visit has begun.
    """
    earliest_first = sorted(set(minutes_before), reverse=True)
    dues = [_due(minutes, starts_at=starts_at, now=now, window=window) for minutes in earliest_first]
    return [_unless_doubled(due, dues, starts_at) for due in dues]


def _due(minutes: int, *, starts_at: datetime, now: datetime, window: Window) -> Due:
    wanted_at = starts_at.astimezone(UTC) - timedelta(minutes=minutes)
    if wanted_at <= now or wanted_at >= starts_at:
        return Due(minutes_before=minutes, due_at=wanted_at, unfit=Unfit.BOOKED_TOO_LATE)
    if window.holds(wanted_at):
        return Due(minutes_before=minutes, due_at=wanted_at)
    evening = hours.last_all_open(before=wanted_at, zones=window.zones, start=window.start, end=window.end)
    if evening is None:
        return Due(minutes_before=minutes, due_at=wanted_at, unfit=Unfit.OUTSIDE_HOURS)
    opens, closes = evening
    moved_to = max(opens, closes - MARGIN)
    if moved_to > now:
        return Due(minutes_before=minutes, due_at=moved_to)
    # Booked in that evening: at once while it lasts.
    at_once = now.astimezone(UTC)
    unfit = None if window.holds(at_once) else Unfit.BOOKED_TOO_LATE
    return Due(minutes_before=minutes, due_at=at_once, unfit=unfit)


def _unless_doubled(due: Due, dues: Sequence[Due], starts_at: datetime) -> Due:
    nearer = [other for other in dues if other.minutes_before < due.minutes_before and other.unfit is None]
    doubled = any(
        other.due_at - due.due_at < TOO_CLOSE and (_is_moved(due, starts_at) or _is_moved(other, starts_at))
        for other in nearer
    )
    if due.unfit is not None or not doubled:
        return due
    return Due(minutes_before=due.minutes_before, due_at=due.due_at, unfit=Unfit.ONE_IS_ENOUGH)


def _is_moved(due: Due, starts_at: datetime) -> bool:
    return due.due_at != starts_at - timedelta(minutes=due.minutes_before)
