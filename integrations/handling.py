"""What was received is read and applied: once, whoever does it and however often it is tried.

Each fact is a transaction of its own, and applied twice it changes nothing. So a worker that dies in the
middle leaves a message that is still to be handled, and the next one begins it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from integrations import applying, linking, parking, reading, sealing
from integrations.facts import Fact, Park, VisitFact, Why
from integrations.models import FeedMessage, MessageStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
# Tried so often it waits for a person: with these pauses, about an hour.
MOST_ATTEMPTS = 8
PAUSES = (5, 15, 60, 300, 600, 900, 1200)


def handle_several(*, message_ids: Iterable[int], clock: Callable[[], datetime]) -> int:
    """`handle` for each of these messages, whatever becomes of the one before; how many were to do."""
    return sum(_guarded(message_id, clock) for message_id in message_ids)


def sweep(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Handle whatever no task has handled, in the order of its coming, and what need not wait; how many."""
    started = clock()
    parking.release(now=started)
    due = FeedMessage.objects.filter(status=MessageStatus.RECEIVED, next_attempt_at__lte=started)
    done = 0
    for message_id in list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        done += _guarded(message_id, clock)
    return done


def handle(*, message_id: int, now: datetime) -> str:
    """Read a message and apply its facts; says what became of it, or why nothing was done.

    What a person has to decide waits, and the other facts of the message are applied all the same.
    """
    message = FeedMessage.objects.select_related("source__visit_type").filter(pk=message_id).first()
    if message is None or message.status != MessageStatus.RECEIVED:
        return "nothing to do"
    parks = list(_apply_all(message, now))
    return parking.finish(message=message, parks=parks, now=now)


def _apply_all(message: FeedMessage, now: datetime) -> Iterable[Park]:
    try:
        facts = _facts(message)
    except Park as park:
        return [park]
    if message.kind in reading.WHOLE:
        return _apply_whole(facts, message, now)
    return _apply_each(facts, message, now)


def _apply_each(facts: Iterable[Fact], message: FeedMessage, now: datetime) -> list[Park]:
    tried = [_apply(fact, message, now) for fact in facts]
    return [found for found in tried if found is not None]


def _apply_whole(facts: Iterable[Fact], message: FeedMessage, now: datetime) -> list[Park]:
    """All of them, or where one waits for a person none: it holds patients while it locks slots.

    Whom PostgreSQL ends because they wait for each other tries again, we as well as the others.
    """
    with transaction.atomic():
        for fact in facts:
            # What parks refer to must be there when all else is undone.
            linking.link(fact=fact, source=message.source, now=now)
    with transaction.atomic():
        parks = _apply_each(facts, message, now)
        transaction.set_rollback(bool(parks))
    return parks


def _facts(message: FeedMessage) -> Iterable[Fact]:
    if message.emptied_at is not None:
        raise Park(Why.UNREADABLE, "message")
    try:
        body = sealing.unseal(bytes(message.body))
    except sealing.Unreadable:
        raise Park(Why.UNREADABLE, "message") from None
    source, at = message.source, message.received_at
    return reading.read(body, kind=message.kind, source=source, received_at=at)


def _apply(fact: Fact, message: FeedMessage, now: datetime) -> Park | None:
    source = message.source
    is_late = (
        now - message.received_at > source.backlog or message.received_at - fact.said_at > source.backlog
    )
    is_late = is_late or (isinstance(fact, VisitFact) and fact.is_late)
    may_offer = not is_late and message.replayed_at is None
    try:
        applying.apply(
            fact=fact, source=source, by=by(message), now=now, may_offer=may_offer, message=message
        )
    except Park as park:
        return park
    return None


def by(message: FeedMessage) -> str:
    """How the audit trail names who said it."""
    return f"feed {message.source.name}"


def _guarded(message_id: int, clock: Callable[[], datetime]) -> bool:
    try:
        return handle(message_id=message_id, now=clock()) != "nothing to do"
    except Exception:
        # The others go on; this one steps aside, and the log says so, without what it holds.
        logger.exception("feed message failed", extra={"message_id": message_id})
        _step_aside(message_id, clock())
    return False


def _step_aside(message_id: int, now: datetime) -> None:
    message = FeedMessage.objects.select_related("source").filter(pk=message_id).first()
    if message is None or message.status != MessageStatus.RECEIVED:
        return
    if message.attempt + 1 >= MOST_ATTEMPTS:
        parking.finish(message=message, parks=[Park(Why.FAILED, "program")], now=now)
        return
    pause = timedelta(seconds=PAUSES[min(message.attempt, len(PAUSES) - 1)])
    waiting = FeedMessage.objects.filter(pk=message_id, status=MessageStatus.RECEIVED)
    waiting.update(attempt=message.attempt + 1, next_attempt_at=now + pause)
