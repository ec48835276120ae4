"""Texts that are owed: one row each, stored in the transaction of the business that owes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core import wakeups
from messaging import tasks
from messaging.models import Direction, Message
from messaging.states import MessageStatus


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
    priority: int = 5
    in_reply_to_id: int | None = None


def queue(*, drafts: Sequence[Draft], now: datetime) -> None:
    """Store the drafts and wake the delivery after the commit.

    A draft whose key exists already is left out: that text is owed or sent. The caller is in a transaction.
    """
    rows = [
        Message(
            direction=Direction.OUTBOUND,
            kind=draft.kind,
            to=draft.to,
            body=draft.body,
            status=MessageStatus.QUEUED,
            logical_key=draft.key,
            related=dict(draft.related),
            priority=draft.priority,
            in_reply_to_id=draft.in_reply_to_id,
            next_attempt_at=now,
            created_at=now,
            changed_at=now,
        )
        for draft in drafts
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    # After ON CONFLICT DO NOTHING the ids of the new rows have to be asked for; ours are the new uuids.
    stored = Message.objects.filter(uuid__in=[row.uuid for row in rows]).order_by("priority", "pk")
    for message_id, priority in stored.values_list("pk", "priority"):
        wakeups.wake(tasks.send, priority=priority, message_id=message_id)
