"""What became of a reminder's text comes back to the reminder."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core import transitions
from messaging.models import Kind, Message
from messaging.resending import SECOND_TIME
from messaging.states import MessageStatus
from outreach import drafts
from outreach.models import Reminder
from outreach.states import REMINDER_ARROWS, Reason, ReminderStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
_UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN)
_GONE = (MessageStatus.SENT, MessageStatus.DELIVERED)


@transaction.atomic
def settle(*, reminder_id: int, now: datetime) -> bool:
    """Let the reminder say what its last text says; False where that is under way, or nothing is new."""
    reminder = Reminder.objects.select_for_update(no_key=True).filter(pk=reminder_id).first()
    text = _last_text(reminder_id)
    if reminder is None or text is None or text.status in _UNDER_WAY:
        return False
    to, fields = _outcome(reminder, text, now)
    if to not in REMINDER_ARROWS.get(reminder.status, frozenset()):
        return False
    transitions.move(reminder, to=to, arrows=REMINDER_ARROWS, changed_at=now, **fields)
    return True


def failed(*, message_id: int, now: datetime) -> bool:
    """A text of ours will not arrive: if it was a reminder's last, the reminder says so."""
    text = Message.objects.filter(pk=message_id, kind=Kind.REMINDER).only("related").first()
    reminder_id = text.related.get("reminder") if text else None
    return reminder_id is not None and settle(reminder_id=reminder_id, now=now)


def sweep(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Settle every reminder whose text has come to an end; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, [[*_UNDER_WAY], at_once])
        ids = [row[0] for row in cursor.fetchall()]
    done = 0
    for reminder_id in ids:
        try:
            done += settle(reminder_id=reminder_id, now=now)
        except Exception:
            # The others go on; this one is found again by the next sweep.
            logger.exception("settling failed", extra={"reminder_id": reminder_id})
    return done


def _last_text(reminder_id: int) -> Message | None:
    key = drafts.key_of(reminder_id)
    texts = Message.objects.filter(logical_key__in=(key, key + SECOND_TIME))
    return texts.only("status", "sent_at", "skip_reason", "error_code").order_by("-pk").first()


def _outcome(reminder: Reminder, text: Message, now: datetime) -> tuple[ReminderStatus, dict[str, Any]]:
    if text.status in _GONE:
        return ReminderStatus.SENT, {"sent_at": text.sent_at or now}
    if text.status == MessageStatus.SKIPPED and reminder.status == ReminderStatus.SCHEDULED:
        return ReminderStatus.SKIPPED, {"reason": text.skip_reason[:20]}
    lost = Reason.NOT_SENT if text.status == MessageStatus.NOT_SENT else Reason.NOT_DELIVERED
    return ReminderStatus.FAILED, {"reason": lost, "error_code": text.error_code}


_ENDED = """
    SELECT r.id FROM outreach_reminder r
    WHERE r.status = 'scheduled' AND r.handed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM messaging_message m WHERE m.status = ANY(%s)
            AND m.logical_key IN ('reminder:' || r.id, 'reminder:' || r.id || '#2'))
    ORDER BY r.id LIMIT %s
"""
