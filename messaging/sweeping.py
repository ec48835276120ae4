"""The outbox's real trigger: whatever is due leaves, with or without a task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from core import wakeups
from messaging import delivery, holding, tasks
from messaging.models import Message
from messaging.states import MessageStatus

logger = logging.getLogger(__name__)

# More than the threads of two workers send between two sweeps at 150 ms a text.
AT_ONCE = 300
STEP_ASIDE = timedelta(seconds=30)


def sweep_outbox(*, clock: Callable[[], datetime]) -> int:
    """Free what dead workers held and send whatever is due, the most urgent first; how many.

    Every text but the first wakes a worker, so that they leave side by side. The sweep sends too, until the
    next one begins: were every wake-up lost, it would send them all.
    """
    done = delivery.release_expired(now=clock())
    due = holding.due(now=clock(), at_once=AT_ONCE)
    for priority, message_id in due[1:]:
        wakeups.wake(tasks.send, priority=priority, message_id=message_id)
    until = clock() + timedelta(seconds=settings.SWEEP_SECONDS)
    for _, message_id in due:
        if clock() >= until:
            break
        done += _send(message_id, clock)
    return done


def _send(message_id: int, clock: Callable[[], datetime]) -> bool:
    try:
        # A worker may have been faster: then it is no longer due.
        return delivery.send(message_id=message_id, clock=clock) != delivery.NOT_DUE
    except Exception:
        # One row that raises must not hold up the others: it steps aside, and the log says so.
        logger.exception("sending failed", extra={"message_id": message_id})
        aside = Message.objects.filter(pk=message_id, status=MessageStatus.QUEUED)
        aside.update(next_attempt_at=clock() + STEP_ASIDE)
    return False
