"""What came in: read once, in the order of its phone; an opt-out takes effect in the same transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from core import phone, transitions, turns
from messaging import events, optout, receipts, wording
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.signals import message_received
from messaging.states import ARROWS, MessageStatus
from messaging.wording import Keyword

logger = logging.getLogger(__name__)

STEP_ASIDE = timedelta(seconds=30)


def handle_all(*, event_id: int, now: datetime) -> int:
    """Handle every event of that event's phone that is still to do, oldest first; how many."""
    done = 0
    while True:
        handled, others_wait = handle_next(event_id=event_id, now=now)
        done += handled
        if not others_wait:
            return done


@transaction.atomic
def handle_next(*, event_id: int, now: datetime, skip_locked: bool = False) -> tuple[bool, bool]:
    """Handle the oldest event of that event's phone: whether there was one, and whether another waits.

    With `skip_locked` a phone whose events are being handled right now is left alone.
    """
    # One phone's events are handled one at a time: a STOP must not overtake the YES before it.
    turn = turns.take(
        table="messaging_providerevent",
        column="phone",
        pk=event_id,
        work=turns.READING_IN,
        skip_locked=skip_locked,
    )
    if turn is None or not turn.is_ours:
        return False, False
    waiting = list(ProviderEvent.objects.filter(phone=turn.phone, handled_at=None).order_by("pk")[:2])
    if not waiting:
        return False, False
    event = waiting[0]
    if event.kind == events.INBOUND:
        _read_in(event, now)
    else:
        receipts.apply(event=event, now=now)
    ProviderEvent.objects.filter(pk=event.pk).update(handled_at=now)
    # Whatever comes after this look has a task of its own.
    return True, len(waiting) > 1


def sweep(*, now: datetime, at_once: int = 200) -> int:
    """Handle whatever no task has handled; how many."""
    waiting = ProviderEvent.objects.filter(handled_at=None, next_attempt_at__lte=now)
    done = 0
    for event_id in list(waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:at_once]):
        try:
            # One at a time, in the order of receipt: who said YES first is answered first.
            done += handle_next(event_id=event_id, now=now, skip_locked=True)[0]
        except Exception:
            # The other phones go on; this one steps aside, and the log says so.
            logger.exception("event failed", extra={"event_id": event_id})
            aside = ProviderEvent.objects.filter(pk=event_id)
            aside.update(next_attempt_at=now + STEP_ASIDE)
    return done


def mark_handled(*, message: Message, outcome: str, now: datetime, attention: str = "") -> None:
    """The text has been answered, or needs none; `attention` says why a person must look at it.

    What `message.related` holds by then is stored with it.
    """
    transitions.move(
        message,
        to=MessageStatus.HANDLED,
        arrows=ARROWS,
        outcome=outcome,
        attention=attention,
        related=message.related,
        changed_at=now,
    )


def _read_in(event: ProviderEvent, now: datetime) -> None:
    message = Message.objects.create(
        direction=Direction.INBOUND,
        kind=Kind.REPLY,
        channel=phone.channel(event.payload.get("From", "")),
        to=event.payload.get("To", "")[:64],
        from_number=event.phone,
        body=event.payload.get("Body", ""),
        status=MessageStatus.RECEIVED,
        twilio_sid=event.sid,
        created_at=now,
        received_at=event.received_at,
        changed_at=now,
    )
    _heed_wish(event, message.body)
    message_received.send(sender=Message, message_id=message.pk)


def _heed_wish(event: ProviderEvent, body: str) -> None:
    """Stop or start texting this number, in the transaction that reads the text in."""
    reading, read_by_provider = wording.read(body), event.payload.get("OptOutType")
    if reading.opts_out or read_by_provider == "STOP":
        if not _wants_texts_since(event):
            optout.suppress(phone=event.phone, words=body, source="text", now=event.received_at)
    elif reading.keyword == Keyword.START or (read_by_provider == "START" and not wording.is_yes(body)):
        optout.lift(phone=event.phone, words=body, now=event.received_at)


def _wants_texts_since(event: ProviderEvent) -> bool:
    """Whether a START that came later has been read already: only a text that was fetched comes so late."""
    if events.FETCHED not in event.payload:
        return False
    later = Message.objects.filter(from_number=event.phone, direction=Direction.INBOUND)
    later = later.filter(received_at__gt=event.received_at)
    return any(wording.read(body).keyword == Keyword.START for body in later.values_list("body", flat=True))
