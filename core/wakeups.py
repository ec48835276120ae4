"""Waking a worker for a row that is committed. A broker that is down never fails a request."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from celery import Task, current_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core import gathering, punctual
from core.hands import Hands

logger = logging.getLogger(__name__)

# The named queue and the empty reprs, which only event monitors read, spare Celery half of its work.
_OPTIONS: dict[str, Any] = {"ignore_result": True, "argsrepr": "", "kwargsrepr": ""}
# What comes in bursts has a queue of its own from this priority on: workers take from the queues in turn, so
# that an offer waits for one task and not for an evening's reminders.
IN_BULK = 7

_gatherers: dict[str, gathering.Gatherer] = {}
_clock = punctual.Clock()
_hands: list[Hands] = []


def wake(task: Task[Any, Any], /, *, priority: int = 0, **ids: int | list[int]) -> None:
    """Start `task` with `ids` once the transaction is committed, or at once outside of one.

    A lower `priority` (0 to 9) is worked on first; from IN_BULK on it has a queue of its own. A wake-up that
    cannot be delivered is logged and forgotten: the row waits for the sweep.
    """
    transaction.on_commit(lambda: _publish(task, ids, priority))


def gather(task: Task[Any, Any], /, *, queue: str = "") -> None:
    """Let `wake_together` of this task gather in this process, which answers many requests at once."""
    _gatherers[task.name] = gathering.Gatherer(lambda ids: _publish(task, {"ids": ids}, queue=queue))


def wake_together(task: Task[Any, Any], /, *, pk: int, queue: str = "") -> None:
    """As `wake`, for a task that takes `ids`: where the process gathers, those of one moment share a task.

    `queue` is one that the task has to itself.
    """
    gatherer = _gatherers.get(task.name)
    transaction.on_commit(
        lambda: gatherer.add(pk) if gatherer is not None else _publish(task, {"ids": [pk]}, queue=queue)
    )


def wake_at(task: Task[Any, Any], /, *, at: datetime, now: datetime, **ids: int) -> None:
    """Start `task` at a moment to come, from this worker's own clock; outside of a worker nothing happens.

    For what is due before the next sweep, which would find it late. Nothing is kept but in this process: the
    row is the clock, and the sweep finds what dies with it.
    """
    here = bool(current_task)  # a proxy, which is false outside of a task
    if here:
        name = (task.name, at, *sorted(ids.items()))
        _clock.call((at - now).total_seconds(), name, lambda: _publish(task, ids, 0))


def follow(task: Task[Any, Any], /, **ids: int) -> None:
    """As `wake`, but a worker takes the next step itself: a hop costs more than the step.

    A step that fails is logged and found by the sweep, as if its task had been lost. Whatever waits for a
    hand waits for it: see core.hands.
    """
    here = bool(current_task)  # a proxy, which is false outside of a task
    transaction.on_commit(lambda: _run(task, ids) if here else _publish(task, ids, 0))


def lend_hands(*, threads: int) -> None:
    """Let `hand_over` do its steps in this process, which is a worker."""
    _hands.append(Hands(threads))


def hand_over(task: Task[Any, Any], /, *, priority: int = 0, **ids: int | list[int]) -> None:
    """As `wake`, but a worker with hands does it by them: the step waits for somebody else's server."""
    transaction.on_commit(lambda: _hand_over(task, ids, priority))


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


def _publish(
    task: Task[Any, Any], ids: Mapping[str, int | list[int]], priority: int = 0, queue: str = ""
) -> None:
    queue = queue or ("bulk" if priority >= IN_BULK else "offers")
    try:
        task.apply_async(kwargs=dict(ids), priority=priority, queue=queue, **_OPTIONS)
    except (OperationalError, OSError) as error:
        logger.warning("wake-up lost", extra={"task": task.name, "error": type(error).__name__})


def _hand_over(task: Task[Any, Any], ids: Mapping[str, int | list[int]], priority: int) -> None:
    step = functools.partial(task.run, **ids)
    if not any(hands.add(step, priority=priority) for hands in _hands):
        _publish(task, ids, priority)


def _run(task: Task[Any, Any], ids: dict[str, int]) -> None:
    try:
        with _hands[0].aside() if _hands else nullcontext():
            task.run(**ids)
    except Exception:
        # The step before is committed and stands.
        logger.exception("next step failed", extra={"task": task.name})
