"""What became of a reminder's text comes back to the reminder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core import transitions
from messaging import keys
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from outreach import drafts
from outreach.models import Reminder
from outreach.states import REMINDER_ARROWS, Reason, ReminderStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
_UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN)
_GONE = (MessageStatus.SENT, MessageStatus.DELIVERED)
_LOST = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)


@transaction.atomic
def settle(*, reminder_id: int, now: datetime) -> bool:
    """Let the reminder say what its last text says; False where that is under way, or nothing is new."""
    reminder = Reminder.objects.select_for_update(no_key=True).filter(pk=reminder_id).first()
    texts = _texts(reminder_id)
    if reminder is None or not texts or any(text.status in _UNDER_WAY for text in texts):
        return False
    to, fields = _outcome(reminder, texts, now)
    if to not in REMINDER_ARROWS.get(reminder.status, frozenset()):
        return False
    transitions.move(reminder, to=to, arrows=REMINDER_ARROWS, changed_at=now, **fields)
    return True


def ended(*, message_id: int, now: datetime) -> bool:
    """A text of ours will not arrive, or has after all: if it is a reminder's, the reminder says so."""
    text = Message.objects.filter(pk=message_id, kind=Kind.REMINDER).only("related").first()
    reminder_id = text.related.get("reminder") if text else None
    return reminder_id is not None and settle(reminder_id=reminder_id, now=now)


def sweep(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Settle every reminder whose text has come to an end; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [_ENDS, [*_UNDER_WAY], at_once])
        ids = [row[0] for row in cursor.fetchall()]
    done = 0
    for reminder_id in ids:
        try:
            done += settle(reminder_id=reminder_id, now=now)
        except Exception:
            # The others go on; this one is found again by the next sweep.
            logger.exception("settling failed", extra={"reminder_id": reminder_id})
    return done


def _texts(reminder_id: int) -> list[Message]:
    """Every try of a reminder: by each channel, and once more; the last one first."""
    texts = Message.objects.filter(logical_key__in=keys.tries(drafts.key_of(reminder_id)))
    return list(texts.only("status", "sent_at", "skip_reason", "error_code").order_by("-pk"))


def _outcome(reminder: Reminder, texts: Sequence[Message], now: datetime) -> tuple[str, dict[str, Any]]:
    """What one of them reached, it has reached; else what was lost counts before what did not leave."""
    by_weight = (text for states in (_GONE, _LOST) for text in texts if text.status in states)
    text = next(by_weight, texts[0])
    if text.status in _GONE:
        told = {"sent_at": text.sent_at or now, "reason": Reason.NONE, "error_code": ""}
        return ReminderStatus.SENT, told
    if text.status == MessageStatus.SKIPPED and reminder.status == ReminderStatus.SCHEDULED:
        return ReminderStatus.SKIPPED, {"reason": text.skip_reason[:20]}
    lost = Reason.NOT_SENT if text.status == MessageStatus.NOT_SENT else Reason.NOT_DELIVERED
    return ReminderStatus.FAILED, {"reason": lost, "error_code": text.error_code}


# The keys are those of `drafts.key_of`, with each end that a try may have.
_ENDED = """
    SELECT r.id FROM outreach_reminder r
    WHERE r.status = 'scheduled' AND r.handed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(%s::text[]) tried
        JOIN messaging_message m ON m.logical_key = 'reminder:' || r.id || tried
        WHERE m.status = ANY(%s))
    ORDER BY r.id LIMIT %s
"""
_ENDS = [key.removeprefix("reminder:") for key in keys.tries("reminder:")]
