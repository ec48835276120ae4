"""Texts that are owed: one row each, stored in the transaction of the business that owes them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import prepared, wakeups
from core.channels import Channel
from messaging import tasks
from messaging.models import Direction, Message
from messaging.states import MessageStatus

# No retry waits as long as this; what does waits for contact hours.
LONG = timedelta(minutes=5)
# Nobody waits for texts of this priority and beyond, so that as many of them share a wake-up and leave one
# after the other.
UNHURRIED, TOGETHER = 5, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text to be sent. `key` says what may exist only once, for example "taken:17".

    `body` may be empty only where the kind's gate makes the words. A lower `priority` leaves first.
    """

    kind: str
    to: str
    body: str
    key: str
    related: Mapping[str, int] = field(default_factory=dict)
    priority: int = UNHURRIED
    in_reply_to_id: int | None = None
    # Name, language and version of the words: see offers.texts.
    template: str = ""
    channel: str = Channel.SMS
    # What an e-mail needs besides: its subject, and the language of the words around the body.
    subject: str = ""
    language: str = "en"
    # What WhatsApp needs: {"sid": ContentSid, "variables": {"1": …}}.
    content: Mapping[str, Any] | None = None


def queue(*, drafts: Sequence[Draft], now: datetime, due_at: datetime | None = None) -> None:
    """Store the drafts and wake the delivery after the commit; those that are due later wait for the sweep.

    A draft whose key exists already is left out: that text is owed or sent. The caller is in a transaction.
    """
    rows = [{**_fields_of(draft), "uuid": str(uuid.uuid4())} for draft in drafts]
    fixed: dict[str, Any] = {"direction": Direction.OUTBOUND, "status": MessageStatus.QUEUED, "now": now}
    fixed |= {"due_at": due_at or now, "woken_at": None if due_at else now}
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT, {**fixed, "drafts": json.dumps(rows)})
        stored = cursor.fetchall()
    if due_at is not None:
        return
    _wake(sorted(stored))


def _fields_of(draft: Draft) -> dict[str, Any]:
    # Not dataclasses.asdict, which copies whatever is within.
    return {name: getattr(draft, name) for name in Draft.__slots__}


def _wake(stored: Sequence[tuple[int, int]]) -> None:
    """One wake-up for each urgent text; the others share theirs, since a task costs as much as its text."""
    for priority, message_id in stored:
        if priority < UNHURRIED:
            wakeups.hand_over(tasks.send, priority=priority, message_id=message_id)
    unhurried = [message_id for priority, message_id in stored if priority >= UNHURRIED]
    for start in range(0, len(unhurried), TOGETHER):
        ids = unhurried[start : start + TOGETHER]
        wakeups.hand_over(tasks.send_several, priority=UNHURRIED, message_ids=ids)


def hasten(*, key: str, now: datetime) -> bool:
    """Somebody waits for this text now: it is due, whatever it was put off for. False: it is not queued."""
    queued = Message.objects.filter(logical_key=key, status=MessageStatus.QUEUED)
    return queued.update(next_attempt_at=now, changed_at=now) > 0


def forget(*, key: str, reason: str, now: datetime) -> bool:
    """Another text has said it: one that was put off for longer than any retry is not sent. False: it was."""
    put_off = Message.objects.filter(logical_key=key, next_attempt_at__gt=now + LONG)
    queued = put_off.filter(status=MessageStatus.QUEUED)
    return queued.update(status=MessageStatus.SKIPPED, skip_reason=reason, changed_at=now) > 0


# By hand, since the ORM's insert does not return the ids of those rows that had no conflict.
_INSERT = """
    INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, subject, body,
        language, content, status, logical_key, error_code, skip_reason, related, template, in_reply_to_id,
        outcome, attention, priority, attempt, next_attempt_at, woken_at, status_rank, created_at, changed_at)
    SELECT uuid, %(direction)s, kind, channel, "to", '', subject, body, language, content,
        %(status)s, key, '', '', related, template, in_reply_to_id, '', '', priority,
        0, %(due_at)s, %(woken_at)s::timestamptz, 0, %(now)s, %(now)s
    FROM jsonb_to_recordset(%(drafts)s::jsonb) AS draft (uuid uuid, kind text, channel text, "to" text,
        subject text, body text, language text, content jsonb, key text, related jsonb, template text,
        priority smallint, in_reply_to_id bigint)
    ON CONFLICT (logical_key) DO NOTHING
    RETURNING priority, id
"""
