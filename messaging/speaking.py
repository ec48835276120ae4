"""What is said on a call: the door through which the rooms above give the words, and the saying of a reply.

A reply to a key is a message like any other, in the outbox with its words, gate and receipt. It leaves by
being said: the provider's request for what comes next is what claims it. What nobody asks for in time, since
the call is over, is skipped and announced as lost, so that the rooms above tell it in another way.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from core import transitions
from messaging import gate, optout
from messaging.models import Direction, Kind, Message
from messaging.states import ARROWS, MessageStatus

# How long a reply waits for the call to ask for it; longer than a call does (messaging.webhooks_voice.TURNS).
UNSAID_AFTER = timedelta(seconds=30)


class Part(StrEnum):
    """What is said on a call beside the replies, which are messages of their own."""

    QUESTION = "question"
    AGAIN = "again"
    GOODBYE = "goodbye"
    WAIT = "wait"
    # Whoever pressed has no other answer: a person is going to look.
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words and the language of the voice that says them (BCP 47). `asks`: a key is waited for."""

    words: str
    locale: str
    asks: bool = False


Speaker = Callable[[Part, Message, datetime], Line]
Locale = Callable[[Message], str]
_speakers: list[tuple[Speaker, Locale]] = []


def register(speaker: Speaker, locale: Locale) -> None:
    """Let `speaker(part, call, now)` say the parts, and `locale(message)` in which voice a reply is."""
    _speakers[:] = [(speaker, locale)]


def line(part: Part, *, call: Message, now: datetime) -> Line:
    """What this part of the call is at `now`; of the question whether it still stands."""
    speaker, _ = _speakers[0]
    return speaker(part, call, now)


def sid_of_key(call_sid: str, time: int) -> str:
    """The id under which the key of a call is stored that was pressed at its `time`-th asking."""
    return f"{call_sid}-{time}"


def reply(*, call: Message, key_sid: str, now: datetime) -> Line | None:
    """What whoever pressed that key is told, said once; None: it is not known yet.

    The provider may ask again for what got lost on its way, and is told the same again.
    """
    keys = Message.objects.filter(twilio_sid=key_sid, direction=Direction.INBOUND)
    key = keys.filter(in_reply_to=call).first()
    if key is None or key.status != MessageStatus.HANDLED:
        return None
    told = Message.objects.filter(in_reply_to=key, direction=Direction.OUTBOUND)
    message = told.filter(channel=call.channel).order_by("pk").first()
    if message is not None and _say(message, f"{key_sid}-said", now):
        return Line(words=message.body, locale=_speakers[0][1](message))
    return line(Part.STAFF, call=call, now=now)


def heard(*, key_sid: str, now: datetime) -> bool:
    """The reply was said to its end; False: it was not said, or that is known."""
    said = Message.objects.filter(twilio_sid=f"{key_sid}-said", status=MessageStatus.SENT)
    told = {"status": MessageStatus.DELIVERED, "delivered_at": now, "changed_at": now}
    return said.update(**told) > 0


@transaction.atomic
def _say(message: Message, sid: str, now: datetime) -> bool:
    """Let the reply leave by the call, with its gate's last look as any text; False: it did not."""
    if message.status != MessageStatus.QUEUED:
        return message.twilio_sid == sid
    verdict = gate.ask(message, now)
    if not isinstance(verdict, gate.Go):
        return False
    if message.kind != Kind.OPTOUT_NOTICE and optout.is_suppressed(message.to):
        return False
    begun: dict[str, Any] = {
        "permission": dict(verdict.permission),
        "attempt": message.attempt + 1,
        "call_started_at": now,
        "lease_token": uuid.uuid4(),
        "leased_until": now,
        "changed_at": now,
    }
    ended: dict[str, Any] = {"twilio_sid": sid, "sent_at": now, "lease_token": None, "leased_until": None}
    try:
        transitions.move(message, to=MessageStatus.SENDING, arrows=ARROWS, **begun)
        transitions.move(message, to=MessageStatus.SENT, arrows=ARROWS, **ended)
    except transitions.StaleState:
        message.refresh_from_db()
        return message.twilio_sid == sid
    return True
