"""Answers that come over a link in an e-mail: the same event, through the same door, as a text's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.channels import Channel
from messaging import events, links, optout
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.states import MessageStatus

PROVIDER = "email"
# What the buttons say, as their reader would text it.
WORDS = {"yes": "YES", "no": "NO", "start": "START"}
WORDS |= {"confirm": "C", "cannot": "NO", "cancel": "1", "keep": "2"}
_ASKED = {
    Kind.OFFER: ("yes", "no"),
    Kind.CLARIFICATION: ("yes", "no"),
    Kind.TAKEN: ("yes",),
    Kind.REMINDER: ("confirm", "cannot"),
}
# Of a reply its words alone say what it asks.
_ASKED_BY_WORDS = {"ask_cancel": ("cancel", "keep")}
STOP = "STOP"


class NoSuchWord(Exception):
    """That is no answer to this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page of a message shows. `replies` are our words about the last answer, if there was one."""

    message: Message
    asks: tuple[str, ...]
    has_stopped: bool
    is_waiting: bool
    replies: list[str]


def message_of(token: str) -> Message | None:
    """The e-mail that a link names; None: there is none."""
    found = links.read(token)
    if found is None:
        return None
    return Message.objects.filter(uuid=found, direction=Direction.OUTBOUND, channel=Channel.EMAIL).first()


def page_of(message: Message) -> Page:
    """What there is to say about a message. Changes nothing: mail scanners follow links."""
    waiting = ProviderEvent.objects.filter(phone=message.to, handled_at=None, kind=events.INBOUND)
    answers = Message.objects.filter(in_reply_to=message, direction=Direction.INBOUND)
    last = answers.order_by("-pk").first()
    replies = Message.objects.filter(in_reply_to=last, direction=Direction.OUTBOUND) if last else None
    has_stopped = optout.is_suppressed(message.to)
    return Page(
        message=message,
        asks=("start",) if has_stopped else _asked(message),
        has_stopped=has_stopped,
        is_waiting=(last is not None and last.status == MessageStatus.RECEIVED)
        or waiting.filter(message_uuid=message.uuid).exists(),
        replies=list(replies.order_by("pk").values_list("body", flat=True)) if replies is not None else [],
    )


def _asked(message: Message) -> tuple[str, ...]:
    by_words = _ASKED_BY_WORDS.get(message.template.partition("/")[0])
    return by_words or _ASKED.get(Kind(message.kind), ())


def answer(*, message: Message, word: str, form: str, now: datetime) -> bool:
    """Store an answer as if it had been texted; False: this form has been sent before.

    `form` tells one page shown from another, so that a form sent twice answers once. Raises NoSuchWord.
    """
    if word not in page_of(message).asks:
        raise NoSuchWord(word)
    return events.store(event=_event(message, WORDS[word], form, now), now=now)


@transaction.atomic
def stop(*, message: Message, now: datetime) -> bool:
    """Send no more e-mail to this address, from this transaction on; False: that was so already."""
    if optout.is_suppressed(message.to):
        return False
    optout.suppress(phone=message.to, words=STOP, source=PROVIDER, now=now)
    return events.store(event=_event(message, STOP, now.isoformat(), now), now=now)


def _event(message: Message, words: str, form: str, now: datetime) -> events.Event:
    digest = hashlib.sha256(f"{message.uuid} {words} {form}".encode()).hexdigest()
    return events.Event(
        provider=PROVIDER,
        sid=f"EM{digest[:32]}",
        kind=events.INBOUND,
        sender=message.to,
        form={"From": message.to, "To": message.from_number, "Body": words},
        received_at=now,
        message_uuid=message.uuid,
    )
