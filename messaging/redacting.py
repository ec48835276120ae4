"""Texts whose words are gone here are emptied at the provider, and asked for again until they are.

The due time is moved on and committed before the call, so that a worker that dies in it leaves a row that is
due again later. Emptying a text twice does no harm: where nobody knows the outcome, it is simply done again.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from messaging import gateways
from messaging.gateways import Erasure, Gone, NotProcessed, Redacted
from messaging.models import Redaction, RedactionResult

logger = logging.getLogger(__name__)

AT_ONCE = 500
# Longer than the provider may take to answer: nobody else calls for the same text meanwhile.
FIRST_RETRY = timedelta(minutes=1)
# A text may take 14 days to be final at Twilio: https://www.twilio.com/docs/api/errors/20009
LONGEST_RETRY = timedelta(days=1)


def sweep(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Empty at the provider whatever is due, until `for_at_most` is over; how many are done with.

    Where the provider takes none just now, the rest keeps its due time.
    """
    started, done = clock(), 0
    due = Redaction.objects.filter(result=RedactionResult.NONE, due_at__lte=started)
    for redaction_id in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        answer = _tried(redaction_id, clock)
        if isinstance(answer, NotProcessed):
            break
        done += isinstance(answer, Redacted | Gone)
    return done


def redact(*, redaction_id: int, clock: Callable[[], datetime]) -> Erasure | None:
    """Empty one text at the provider; None: it was not due. `clock` is read at each step."""
    row = _claim(redaction_id, clock())
    if row is None:
        return None
    # The network. No transaction is open here.
    answer = gateways.current().redact(sid=row.message.twilio_sid or "")
    _settle(row, answer, clock())
    return answer


def still_owed() -> int:
    """How many texts the provider has still to be asked to empty."""
    return Redaction.objects.filter(result=RedactionResult.NONE).count()


def _claim(redaction_id: int, now: datetime) -> Redaction | None:
    due = Redaction.objects.filter(pk=redaction_id, result=RedactionResult.NONE, due_at__lte=now)
    row = due.select_related("message").only("attempt", "message__twilio_sid").first()
    if row is None:
        return None
    later = now + _backoff(row.attempt + 1)
    # Of two that look at once one moves it on, and the other finds it no longer due.
    return row if due.update(attempt=F("attempt") + 1, due_at=later) else None


def _settle(row: Redaction, answer: Erasure, now: datetime) -> None:
    if not isinstance(answer, Redacted | Gone):
        reason = answer.reason if hasattr(answer, "reason") else answer.code
        logger.warning("not redacted yet", extra={"redaction_id": row.pk, "reason": reason})
        return
    result = RedactionResult.REDACTED if isinstance(answer, Redacted) else RedactionResult.GONE
    still = Redaction.objects.filter(pk=row.pk, result=RedactionResult.NONE)
    still.update(result=result, due_at=None, done_at=now)


def _tried(redaction_id: int, clock: Callable[[], datetime]) -> Erasure | None:
    try:
        return redact(redaction_id=redaction_id, clock=clock)
    except Exception:
        # One row that raises must not hold up the others: it steps aside, and the log says so.
        logger.exception("redacting failed", extra={"redaction_id": redaction_id})
        aside = Redaction.objects.filter(pk=redaction_id, result=RedactionResult.NONE)
        aside.update(due_at=clock() + FIRST_RETRY)
    return None


def _backoff(attempt: int) -> timedelta:
    doubled = min(FIRST_RETRY * int(2 ** min(attempt - 1, 12)), LONGEST_RETRY)
    return doubled * random.uniform(1.0, 1.2)  # noqa: S311 - spreads retries, guards nothing
