"""The outbox's real trigger: whatever is due leaves, with or without a task."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from core import wakeups
from messaging import delivery, holding, tasks
from messaging.models import Message
from messaging.states import MessageStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
STEP_ASIDE = timedelta(seconds=30)
# A wake-up that has done nothing for so long is lost. Any earlier, and a queue that is long for good reasons
# would grow by as many wake-ups as it has texts, at every sweep.
WAKE_AGAIN = timedelta(seconds=30)


def sweep_outbox(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Free what dead workers held and send whatever is due, the most urgent first; how many it sent.

    Workers are woken for all but the first, so that texts leave side by side; the sweep sends too, until
    `for_at_most` is over. Were every wake-up lost, it would send them all.
    """
    started = clock()
    done = delivery.release_expired(now=started)
    due = holding.due(now=started, at_once=AT_ONCE)
    _wake(due[1:], started)
    for message_id in due:
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        done += _send(message_id, clock)
    return done


def send_several(*, message_ids: Iterable[int], clock: Callable[[], datetime]) -> int:
    """Send these texts one after the other, whatever becomes of the one before; how many were due."""
    return sum(_send(message_id, clock) for message_id in message_ids)


def _wake(ids: list[int], now: datetime) -> None:
    """Wake a worker for each of the texts for which none is on its way."""
    if not ids:
        return
    lost = Q(woken_at=None) | Q(woken_at__lt=F("next_attempt_at")) | Q(woken_at__lte=now - WAKE_AGAIN)
    with transaction.atomic():
        # One that another sweep holds, or its own claim, is looked after already.
        rows = Message.objects.filter(lost, pk__in=ids).select_for_update(skip_locked=True, no_key=True)
        asleep = list(rows.order_by("priority", "next_attempt_at", "pk").values_list("pk", "priority"))
        Message.objects.filter(pk__in=[pk for pk, _ in asleep]).update(woken_at=now)
        for pk, priority in asleep:
            wakeups.wake(tasks.send, priority=priority, message_id=pk)


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
