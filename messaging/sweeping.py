"""The outbox's real trigger: whatever is due leaves, with or without a task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from messaging import delivery
from messaging.models import Message
from messaging.states import MessageStatus

logger = logging.getLogger(__name__)

AT_ONCE = 200
STEP_ASIDE = timedelta(seconds=30)


def sweep_outbox(*, clock: Callable[[], datetime]) -> int:
    """Free what dead workers held and send whatever is due, the most urgent first; how many."""
    done = delivery.release_expired(now=clock())
    due = Message.objects.filter(status=MessageStatus.QUEUED, next_attempt_at__lte=clock())
    order = ("priority", "next_attempt_at", "pk")
    for message_id in list(due.order_by(*order).values_list("pk", flat=True)[:AT_ONCE]):
        try:
            delivery.send(message_id=message_id, clock=clock)
            done += 1
        except Exception:
            # One row that raises must not hold up the others: it steps aside, and the log says so.
            logger.exception("sending failed", extra={"message_id": message_id})
            aside = Message.objects.filter(pk=message_id, status=MessageStatus.QUEUED)
            aside.update(next_attempt_at=clock() + STEP_ASIDE)
    return done
