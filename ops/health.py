"""Whether the parts are there and at work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.pulse import Pulse
from ops.models import Heartbeat

OK = "ok"
NAME = "sweep"
# A sign of life may be late by some intervals before somebody should worry.
LATE = timedelta(seconds=max(15, 5 * settings.SWEEP_SECONDS))


def beat(*, now: datetime) -> None:
    """Write down that beat and a worker are alive at `now`."""
    Heartbeat.objects.update_or_create(name=NAME, defaults={"at": now})


def report(*, now: datetime) -> dict[str, str]:
    """Each part, "ok" or the reason why not. Names no host and no person."""
    alive = _guarded(lambda: _signs_of_life(now))
    return {
        "database": _guarded(_database),
        "migrations": _guarded(_migrations),
        "broker": _broker(),
        "worker": alive,
        "beat": alive,
    }


def _guarded(check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError:
        return "the database does not answer"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations have not been applied" if missing else OK


def _broker() -> str:
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        return f"the broker does not answer ({type(error).__name__})"
    return OK


def pulse(*, now: datetime) -> Pulse:
    """When beat last had a worker run a task, and whether that is too long ago."""
    last = Heartbeat.objects.filter(name=NAME).values_list("at", flat=True).first()
    return Pulse(at=last, is_late=last is None or now - last > LATE)


def _signs_of_life(now: datetime) -> str:
    last, is_late = pulse(now=now)
    if last is None:
        return "no sweep has run yet"
    return f"the last sweep was {(now - last).total_seconds():.0f} s ago" if is_late else OK
