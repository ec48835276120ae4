"""At most 30 replies in 30 s to one number: the provider fails the rest, and a machine may be answering us.

https://www.twilio.com/docs/api/errors/14107
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core import turns
from messaging import gate
from messaging.models import Direction, Message

MOST, WINDOW = 30, timedelta(seconds=30)
# From here on workers take turns, so that no two of them are both the last; below, more would have to
# claim replies to one number at the same instant than there are workers.
NEAR = 10


def ask(message: Message, now: datetime) -> gate.Later | None:
    """When a reply has to wait for, if it has to: the row stays. The caller is in a transaction."""
    if message.in_reply_to_id is None:
        return None
    calls = _lately(message.to, now)
    if len(calls) >= NEAR:
        turns.wait(phone=message.to, work=turns.REPLYING)
        # Whoever was before us has committed by now.
        calls = _lately(message.to, now)
    return gate.Later(calls[MOST - 1] + WINDOW) if len(calls) >= MOST else None


def _lately(phone: str, now: datetime) -> list[datetime]:
    """When the last replies to this number were handed over, the latest first."""
    replies = Message.objects.filter(to=phone, direction=Direction.OUTBOUND, in_reply_to__isnull=False)
    calls = replies.filter(call_started_at__gt=now - WINDOW).order_by("-call_started_at")
    return [at for at in calls.values_list("call_started_at", flat=True)[:MOST] if at is not None]
