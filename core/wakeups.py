"""Waking a worker for a row that is committed. A broker that is down never fails a request."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import Any

from celery import Task, current_task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# The named queue and the empty reprs, which only event monitors read, spare Celery half of its work.
_OPTIONS: dict[str, Any] = {"queue": "offers", "ignore_result": True, "argsrepr": "", "kwargsrepr": ""}


def wake(task: Task[Any, Any], /, *, priority: int = 0, **ids: int) -> None:
    """Start `task` with `ids` once the transaction is committed, or at once outside of one.

    A lower `priority` (0 to 9) is worked on first. A wake-up that cannot be delivered is logged and
    forgotten: the row waits for the sweep.
    """
    transaction.on_commit(lambda: _publish(task, ids, priority))


def follow(task: Task[Any, Any], /, **ids: int) -> None:
    """As `wake`, but a worker takes the next step itself: a hop costs more than the step.

    A step that fails is logged and found by the sweep, as if its task had been lost.
    """
    here = bool(current_task)  # a proxy, which is false outside of a task
    transaction.on_commit(lambda: _run(task, ids) if here else _publish(task, ids, 0))


def one_at_a_time(sweep: Callable[[], None]) -> Callable[[], None]:
    """Let a run that starts while the last one goes on in this process return at once.

    Under load sweeps last longer than their interval; side by side they fight over the same rows.
    """
    running = threading.Lock()

    @functools.wraps(sweep)
    def run() -> None:
        if not running.acquire(blocking=False):
            return
        try:
            sweep()
        finally:
            running.release()

    return run


def _publish(task: Task[Any, Any], ids: dict[str, int], priority: int) -> None:
    try:
        task.apply_async(kwargs=ids, priority=priority, **_OPTIONS)
    except (OperationalError, OSError) as error:
        logger.warning("wake-up lost", extra={"task": task.name, "error": type(error).__name__})


def _run(task: Task[Any, Any], ids: dict[str, int]) -> None:
    try:
        task.run(**ids)
    except Exception:
        # The step before is committed and stands.
        logger.exception("next step failed", extra={"task": task.name})
