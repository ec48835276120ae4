"""What sources sent is emptied after thirty days; the rows stay, so that nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from integrations.models import FeedMessage, MessageStatus

AT_ONCE = 500


def empty_due(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Empty every message that is old enough, batch by batch; how many. What is still to be handled waits."""
    started, done = clock(), 0
    while for_at_most is None or clock() - started < for_at_most:
        emptied = _empty(clock())
        done += emptied
        if emptied < AT_ONCE:
            break
    return done


def _empty(now: datetime) -> int:
    before = now - timedelta(days=settings.FEED_MESSAGES_KEPT_DAYS)
    old = FeedMessage.objects.filter(received_at__lt=before, emptied_at=None)
    ids = list(
        old.exclude(status=MessageStatus.RECEIVED)
        .order_by("received_at", "pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    return FeedMessage.objects.filter(pk__in=ids).update(body=b"", emptied_at=now)
