"""What came in: read once, in the order of its phone; an opt-out takes effect in the same transaction."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction

from core import phone, prepared, rows, transitions, turns
from messaging import events, optout, receipts, wording
from messaging.models import BY_CALL, Direction, Kind, Message, ProviderEvent
from messaging.signals import message_received
from messaging.states import ARROWS, MessageStatus
from messaging.wording import Keyword

logger = logging.getLogger(__name__)

STEP_ASIDE = timedelta(seconds=30)


def handle_several(*, event_ids: Iterable[int], clock: Callable[[], datetime]) -> int:
    """`handle_all` for each of these events, whatever becomes of the one before; how many were handled."""
    done = 0
    for event_id in event_ids:
        try:
            done += handle_all(event_id=event_id, now=clock())
        except Exception:
            # The other phones go on; this one is found by the sweep.
            logger.exception("event failed", extra={"event_id": event_id})
    return done


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
        then=_waiting(),
    )
    if turn is None or not turn.is_ours or not turn.found:
        return False, False
    event: ProviderEvent = next(rows.built(turn.found[0], ProviderEvent))
    if event.kind == events.INBOUND:
        _read_in(event, now)
    else:
        receipts.apply(event=event, now=now)
        ProviderEvent.objects.filter(pk=event.pk).update(handled_at=now)
    # Whatever comes after this look has a task of its own.
    return True, len(turn.found) > 1


@cache
def _waiting() -> str:
    """The oldest event of a phone that is still to do, and the one after it."""
    return f"""
        SELECT {rows.columns(ProviderEvent, "event")} FROM messaging_providerevent event
        WHERE event.phone = {{phone}} AND event.handled_at IS NULL ORDER BY event.id LIMIT 2
    """  # noqa: S608 - names of our models


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
    asked, body = _asked(event), event.payload.get("Body", "")
    text = {
        "event": event.pk,
        "direction": Direction.INBOUND,
        "kind": Kind.REPLY,
        "channel": asked.channel if asked else phone.channel(event.payload.get("From", "")),
        "to": event.payload.get("To", "")[:254],
        "from_number": event.phone,
        "body": body,
        "status": MessageStatus.RECEIVED,
        "sid": event.sid,
        "asked": asked.pk if asked else None,
        "related": json.dumps(asked.related if asked else {}),
        "received_at": event.received_at,
        "now": now,
    }
    with prepared.cursor() as cursor:
        cursor.execute(_READ_IN, text)
        message_id = cursor.fetchone()[0]
    _heed_wish(event, body)
    message_received.send(sender=Message, message_id=message_id)


def _asked(event: ProviderEvent) -> Message | None:
    """The e-mail or the call that was answered: its link or its address names it. A text names none."""
    if event.message_uuid is None:
        return None
    return Message.objects.only("channel", "related").filter(uuid=event.message_uuid).first()


def _heed_wish(event: ProviderEvent, body: str) -> None:
    """Stop or start texting this number, in the transaction that reads the text in."""
    reading, read_by_provider = wording.read(body), event.payload.get("OptOutType")
    if reading.opts_out or read_by_provider == "STOP":
        if not _wants_texts_since(event):
            words, source = body, "text" if event.provider == "twilio" else event.provider
            if "CallSid" in event.payload:
                words, source = "Pressed 9.", BY_CALL
            optout.suppress(phone=event.phone, words=words, source=source, now=event.received_at)
    elif reading.keyword == Keyword.START or (read_by_provider == "START" and not wording.is_yes(body)):
        optout.lift(phone=event.phone, words=body, now=event.received_at)


def _wants_texts_since(event: ProviderEvent) -> bool:
    """Whether a START that came later has been read already: only a text that was fetched comes so late."""
    if events.FETCHED not in event.payload:
        return False
    later = Message.objects.filter(from_number=event.phone, direction=Direction.INBOUND)
    later = later.filter(received_at__gt=event.received_at)
    return any(wording.read(body).keyword == Keyword.START for body in later.values_list("body", flat=True))


# One statement for the text and for the event that it was: each comes once.
_READ_IN = """
    WITH done AS (UPDATE messaging_providerevent SET handled_at = %(now)s WHERE id = %(event)s)
    INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, body, status,
        twilio_sid, in_reply_to_id, error_code, skip_reason, related, template, outcome, attention, priority,
        attempt, status_rank, created_at, received_at, changed_at)
    VALUES (gen_random_uuid(), %(direction)s, %(kind)s, %(channel)s, %(to)s, %(from_number)s, %(body)s,
        %(status)s, %(sid)s, %(asked)s, '', '', %(related)s::jsonb, '', '', '', 5, 0, 0, %(now)s,
        %(received_at)s, %(now)s)
    RETURNING id
"""
