"""What came in: read once, in the order of its phone; an opt-out takes effect in the same transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from core import transitions, turns
from messaging import optout, receipts, wording
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.signals import message_received
from messaging.states import ARROWS, MessageStatus
from messaging.wording import Keyword

logger = logging.getLogger(__name__)

STEP_ASIDE = timedelta(seconds=30)
INBOUND = "inbound"


def handle_all(*, event_id: int, now: datetime) -> int:
    """Handle every event of that event's phone that is still to do, oldest first; how many."""
    done = 0
    to_do = ProviderEvent.objects.filter(handled_at=None)
    to_do = to_do.filter(phone__in=ProviderEvent.objects.filter(pk=event_id).values("phone"))
    # A look without the lock is cheap; whatever comes after it has a task of its own.
    while handle_next(event_id=event_id, now=now):
        done += 1
        if not to_do.exists():
            break
    return done


@transaction.atomic
def handle_next(*, event_id: int, now: datetime, skip_locked: bool = False) -> bool:
    """Handle the oldest event of that event's phone; False where none is left to do.

    With `skip_locked` a phone whose events are being handled right now is left alone.
    """
    asked = ProviderEvent.objects.filter(pk=event_id).only("phone").first()
    if asked is None:
        return False
    # One phone's events are handled one at a time: a STOP must not overtake the YES before it.
    if not turns.take(asked.phone, turns.READING_IN, skip_locked=skip_locked):
        return False
    event = ProviderEvent.objects.filter(phone=asked.phone, handled_at=None).order_by("pk").first()
    if event is None:
        return False
    if event.kind == INBOUND:
        _read_in(event, now)
    else:
        receipts.apply(event=event, now=now)
    ProviderEvent.objects.filter(pk=event.pk).update(handled_at=now)
    return True


def sweep(*, now: datetime, at_once: int = 200) -> int:
    """Handle whatever no task has handled; how many."""
    waiting = ProviderEvent.objects.filter(handled_at=None, next_attempt_at__lte=now)
    done = 0
    for event_id in list(waiting.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:at_once]):
        try:
            # One at a time, in the order of receipt: who said YES first is answered first.
            done += handle_next(event_id=event_id, now=now, skip_locked=True)
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
    body = event.payload.get("Body", "")
    message = Message.objects.create(
        direction=Direction.INBOUND,
        kind=Kind.REPLY,
        channel="whatsapp" if event.phone.startswith("whatsapp:") else "sms",
        to=event.payload.get("To", "")[:64],
        from_number=event.phone,
        body=body,
        status=MessageStatus.RECEIVED,
        twilio_sid=event.sid,
        created_at=now,
        received_at=event.received_at,
        changed_at=now,
    )
    reading, read_by_provider = wording.read(body), event.payload.get("OptOutType")
    if reading.opts_out or read_by_provider == "STOP":
        optout.suppress(phone=event.phone, words=body, source="text", now=event.received_at)
    elif reading.keyword == Keyword.START or read_by_provider == "START":
        optout.lift(phone=event.phone, now=now)
    message_received.send(sender=Message, message_id=message.pk)
