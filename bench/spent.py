"""What a piece of work costs in CPU: the project's own processes, Redis and the backends of PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import psutil
from django.db import connection

from bench.stage import Stage

_BACKENDS = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def so_far(stage: Stage) -> dict[str, float]:
    """Seconds, user and system, of whatever is running now, by part; not those of another machine."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKENDS)
        parts = [("PostgreSQL", row[0]) for row in cursor.fetchall()]
    parts += [(name.rstrip("2"), process.pid) for name, process in stage.running.items()]
    parts += [("Redis", process.pid) for process in stage.brokers]
    spent: defaultdict[str, float] = defaultdict(float)
    for part, pid in parts:
        spent[part] += sum(_seconds(pid))
    return spent


def _seconds(pid: int) -> Iterable[float]:
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            yield times.user + times.system
    except psutil.Error:
        return
