"""What became of our texts and calls, from callbacks that come early, twice, out of order, or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from core import transitions
from messaging import calling, events, failing, oddities, resending
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
    # Of calls: https://www.twilio.com/docs/voice/api/call-resource#call-status-values
    "initiated": 2,
    "ringing": 3,
    "in-progress": 4,
    "busy": 5,
    "no-answer": 5,
    "completed": 6,
    # Ours: a call that a machine took is completed afterwards, and was heard by nobody all the same.
    "machine": 7,
}
_STATES = {
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
    "undelivered": MessageStatus.UNDELIVERED,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "busy": MessageStatus.UNDELIVERED,
    "no-answer": MessageStatus.UNDELIVERED,
    "machine": MessageStatus.UNDELIVERED,
    "completed": MessageStatus.DELIVERED,
}
# The provider's word for a call that could not be connected is another one's for an e-mail.
_ENDS = {"failed": "unconnected"}
_LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)
# A text in these may have its second time owed already, or be on a person's list.
_DOUBTED = (MessageStatus.UNKNOWN, MessageStatus.NOT_SENT, *_LOST)


def apply(*, event: ProviderEvent, now: datetime) -> None:
    """Bring the text that a status event is about up to date. One that is nobody's stays in the log."""
    word = event.kind.partition(":")[2]
    if word not in RANKS:
        oddities.note(what="status", word=word, now=now)
    message = _message_of(event)
    if message is None:
        return
    rank = RANKS.get(word, 0)
    is_news = rank >= message.status_rank and _STATES.get(word) not in _LOST
    was_doubted = is_news and message.status in _DOUBTED
    _follow(event, message, word, now)
    if was_doubted:
        resending.arrived(message=message, now=now)


def _follow(event: ProviderEvent, message: Message, word: str, now: datetime) -> None:
    is_call, rank = event.kind.startswith(events.CALL), RANKS.get(word, 0)
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
    # A call's end says as much as a code.
    code = event.payload.get("ErrorCode", "")[:12] or (
        _ENDS.get(word, word) if is_call and to in _LOST else ""
    )
    _moved(message, to, now, error_code=code, **fields)
    if to in _LOST:
        failing.failed(message=message, code=code, now=now)
    elif is_call:
        calling.ended(call=message, now=now)


def _message_of(event: ProviderEvent) -> Message | None:
    # The row's lock makes the callback and the call's own result take turns. One statement: who has waited
    # for the lock looks again, and by then the call may have written the SID.
    by_sid, by_uuid = Q(twilio_sid=event.sid), Q(uuid=event.message_uuid, twilio_sid=None)
    rows = Message.objects.select_for_update(no_key=True).filter(direction="outbound").order_by("pk")
    found = list(rows.filter(by_sid if event.message_uuid is None else by_sid | by_uuid))
    return next((row for row in found if row.twilio_sid), found[0] if found else None)


def _moved(message: Message, to: MessageStatus, now: datetime, **fields: Any) -> None:
    freed: dict[str, Any] = {"lease_token": None, "leased_until": None, "changed_at": now}
    transitions.move(message, to=to, arrows=ARROWS, **freed, **fields)
