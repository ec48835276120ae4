"""What reminders cost: planning them with a visit, and looking for those that are due among very many."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from bench.crowd import Crowd
from bench.figures import Figure, median_of
from outreach import planning, sending
from outreach.models import Reminder

AHEAD = 1_000_000
RUNS = 15
VISITS = 500


def planned(people: Crowd) -> Iterator[Figure]:
    """The reminders of visits planned one visit a transaction, as a booking does it, and all at once."""
    visits = people.clinic.appointments.filter(reminders=None, starts_at__gt=timezone.now())
    ids = list(visits.order_by("pk").values_list("pk", flat=True)[: 2 * VISITS])
    started = time.perf_counter()
    for visit_id in ids[:VISITS]:
        with transaction.atomic():
            planning.plan(appointment_ids=[visit_id])
    rate = VISITS / (time.perf_counter() - started)
    what = "reminders planned, a visit a transaction, committed"
    yield Figure(what=what, value=rate, unit="/s", target=500, better="higher")
    started, size = time.perf_counter(), visits.count()
    planning.plan_missing(now=timezone.now())
    rate = size / (time.perf_counter() - started)
    yield Figure(what=f"reminders of {size:,} visits planned at once", value=rate, unit="/s")


def due_sweep() -> Iterator[Figure]:
    """A sweep that finds nothing due among a million reminders ahead."""
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, {"size": AHEAD, "at": timezone.now() + timedelta(days=1)})
        cursor.execute("ANALYZE outreach_reminder")
    value = median_of(RUNS, _sweep_ms)
    size = Reminder.objects.count()
    yield Figure(what=f"a due sweep, {size:,} reminders ahead", value=value, unit="ms", target=10)


def _sweep_ms(number: int) -> float:
    started = time.perf_counter()
    sending.sweep(clock=timezone.now)
    return (time.perf_counter() - started) * 1000


_AHEAD = """
    INSERT INTO outreach_reminder
        (appointment_id, minutes_before, due_at, status, reason, created_at, changed_at)
    SELECT visit.id, 100000 + n, %(at)s + n * interval '1 second', 'scheduled', '', now(), now()
    FROM (SELECT id FROM clinic_appointment ORDER BY id LIMIT 1) visit, generate_series(1, %(size)s) n
"""
