"""What became of our texts, from callbacks that come early, twice, out of order, or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import transitions
from messaging import failing, oddities
from messaging.models import Message, ProviderEvent
from messaging.states import ARROWS, MessageStatus

# A status never gives way to one of a lower rank: callbacks overtake each other.
RANKS = {
    "accepted": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "failed": 5,
    "undelivered": 5,
    "canceled": 5,
    "delivered": 6,
    "read": 7,
}
_STATES = {
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
    "undelivered": MessageStatus.UNDELIVERED,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
}
_LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)


def apply(*, event: ProviderEvent, now: datetime) -> None:
    """Bring the text that a status event is about up to date. One that is nobody's stays in the log."""
    word = event.kind.removeprefix("status:")
    if word not in RANKS:
        oddities.note(what="status", word=word, now=now)
    message = _message_of(event)
    if message is None:
        return
    rank = RANKS.get(word, 0)
    if message.status in (MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.NOT_SENT):
        # The provider speaks of it, so the provider has it: this settles what the call left open.
        _moved(message, MessageStatus.SENT, now, twilio_sid=event.sid, sent_at=message.sent_at or now)
    if rank <= message.status_rank:
        return
    Message.objects.filter(pk=message.pk).update(status_rank=rank, changed_at=now)
    to = _STATES.get(word)
    if to is None or to not in ARROWS.get(message.status, frozenset()):
        return
    fields = {"delivered_at": now} if to == MessageStatus.DELIVERED else {}
    code = event.payload.get("ErrorCode", "")[:12]
    _moved(message, to, now, error_code=code, **fields)
    if to in _LOST:
        failing.failed(message=message, code=code, now=now)


def _message_of(event: ProviderEvent) -> Message | None:
    # The row's lock makes the callback and the call's own result take turns.
    rows = Message.objects.select_for_update(no_key=True).filter(direction="outbound")
    message = rows.filter(twilio_sid=event.sid).first()
    if message is None and event.message_uuid is not None:
        message = rows.filter(uuid=event.message_uuid, twilio_sid=None).first()
    return message


def _moved(message: Message, to: MessageStatus, now: datetime, **fields: Any) -> None:
    freed: dict[str, Any] = {"lease_token": None, "leased_until": None, "changed_at": now}
    transitions.move(message, to=to, arrows=ARROWS, **freed, **fields)
