"""What a piece of work costs in CPU: the project's own processes, Redis and the backends of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

import psutil
from django.db import connection

from bench.stage import Stage

_BACKENDS = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def so_far(stage: Stage) -> float:
    """Seconds, user and system, of whatever is running now. A server on another machine is not seen."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKENDS)
        pids = [row[0] for row in cursor.fetchall()]
    pids += [process.pid for process in (*stage.running.values(), *stage.brokers)]
    return sum(_seconds(pids))


def _seconds(pids: Iterable[int]) -> Iterable[float]:
    for pid in pids:
        try:
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
            yield sum(times.user + times.system for times in (each.cpu_times() for each in family))
        except psutil.Error:
            continue
