"""The real trigger of writing back: whatever is due is told, with or without a task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from integrations.models import WriteBack, WriteBackStatus
from integrations.models.write_back import DUE
from integrations.writing_back import needing, sending

logger = logging.getLogger(__name__)

AT_ONCE = 200
STEP_ASIDE = timedelta(seconds=30)


def sweep(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Free what dead workers held, close what the feed has answered, tell the EHR what is due; how many."""
    started = clock()
    done = sending.release_expired(now=started) + close_heard(now=started)
    due = WriteBack.objects.filter(status__in=DUE, next_attempt_at__lte=started)
    silent: set[int] = set()
    for pk, source_id in list(due.order_by("next_attempt_at", "pk").values_list("pk", "source")[:AT_ONCE]):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        if source_id in silent:
            continue
        state = _send(pk, clock)
        if state in DUE:
            # It does not answer just now: its other rows do not hold up those of other EHRs.
            silent.add(source_id)
        done += state != sending.NOT_DUE
    return done


def close_heard(*, now: datetime) -> int:
    """What waits for a person and stands in the EHR by now, as its feed says, waits no more; how many."""
    waiting = WriteBack.objects.filter(status=WriteBackStatus.BY_HAND).select_related("appointment", "source")
    rows = [row for row in waiting.order_by("-pk")[:AT_ONCE] if needing.is_heard(row)]
    return sum(sending.heard(write_back_id=row.pk, now=now) for row in rows)


def _send(write_back_id: int, clock: Callable[[], datetime]) -> str:
    try:
        return sending.send(write_back_id=write_back_id, clock=clock)
    except Exception:
        # One row that raises must not hold up the others: it steps aside, and the log says so.
        logger.exception("writing back failed", extra={"write_back_id": write_back_id})
        aside = WriteBack.objects.filter(pk=write_back_id, status__in=DUE)
        aside.update(next_attempt_at=clock() + STEP_ASIDE)
    return sending.NOT_DUE
