"""Answers that come to us after a later one: their sender has thought again."""

from __future__ import annotations

from messaging import fetching
from messaging.models import Direction, Message
from messaging.states import MessageStatus
from offers import intents
from offers.intents import Intent

# By which later answers an answer is overtaken.
_BY = {
    Intent.YES: {Intent.YES, Intent.NO},
    Intent.NO: {Intent.YES, Intent.NO},
    Intent.STOP: {Intent.START},
}


def is_overtaken(*, message: Message, intent: Intent) -> bool:
    """Whether this phone's later word has been acted on. A text that a webhook brought never is: those
    of one phone are answered in the order in which they came; only one that was fetched may be older.
    """
    sent_at = message.received_at
    if intent not in _BY or sent_at is None or message.created_at - sent_at < fetching.SETTLING:
        return False
    later = Message.objects.filter(from_number=message.from_number, direction=Direction.INBOUND)
    later = later.filter(received_at__gt=sent_at, status=MessageStatus.HANDLED)
    return any(intents.read(body).intent in _BY[intent] for body in later.values_list("body", flat=True))
