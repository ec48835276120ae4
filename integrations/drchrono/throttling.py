"""The limits of drchrono's API, kept by one row for all processes together.

500 calls an hour, counted anew at the full hour, and fewer than ten a second, for an application and not for
a practice: https://app.drchrono.com/api-docs/tutorial/
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from integrations.drchrono.client import Busy
from integrations.models import ApiAllowance

AN_HOUR = 500
# Reading never takes the last of them: a booking has to be written in the same hour.
FOR_BOOKINGS = 50
APART = timedelta(seconds=1) / 8
# Whoever would have to wait longer goes away and comes back.
PATIENCE = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGate:
    """client.Gate on a row. `reserve`: so many calls of the hour are left to others."""

    name: str
    clock: Callable[[], datetime]
    reserve: int = 0
    sleep: Callable[[float], None] = time.sleep

    def enter(self) -> None:
        wait = take(name=self.name, now=self.clock(), limit=AN_HOUR - self.reserve)
        if wait > timedelta(0):
            self.sleep(wait.total_seconds())

    def close(self, wait: timedelta) -> None:
        shut(name=self.name, until=self.clock() + wait)


@transaction.atomic
def take(*, name: str, now: datetime, limit: int = AN_HOUR) -> timedelta:
    """Take leave for one call; how long to wait before it. Raises Busy and takes none."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    ApiAllowance.objects.bulk_create(
        [ApiAllowance(name=name, hour_at=hour, free_at=now)], ignore_conflicts=True
    )
    row = ApiAllowance.objects.select_for_update(no_key=True).get(name=name)
    used = row.used if row.hour_at >= hour else 0
    if used >= limit:
        raise Busy(hour + timedelta(hours=1) - now)
    turn = max(row.free_at, now)
    if turn - now > PATIENCE:
        raise Busy(turn - now)
    row.hour_at, row.used, row.free_at = max(row.hour_at, hour), used + 1, turn + APART
    row.save(update_fields=["hour_at", "used", "free_at"])
    return turn - now


def shut(*, name: str, until: datetime) -> None:
    """Nobody calls before `until`: the API has said so."""
    ApiAllowance.objects.filter(name=name, free_at__lt=until).update(free_at=until)
