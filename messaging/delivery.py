"""Claim and send. Every step commits by itself, so that a worker that dies leaves a row that tells the truth.

claim: the row is ours for a lease. gate: it may still leave, and the call is marked as begun. call: the
network, with no transaction open. settle: what the provider said. A lease that runs out before the call was
marked is simply sent again; after it nobody knows, and the provider is asked (messaging.reconciling).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core import transitions
from messaging import gate, gateways, optout, reconciling
from messaging.gateways import Answer, NotProcessed, Outgoing, Refused, Sent
from messaging.models import Message
from messaging.signals import message_failed
from messaging.states import ARROWS, MessageStatus

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(seconds=60)
OPTED_OUT_AT_PROVIDER = "21610"


def send(*, message_id: int, clock: Callable[[], datetime]) -> str:
    """Hand one queued message to the provider; returns the state it ended in, or why nothing was done.

    `clock` is read at each step: the hold of an offer starts when its text leaves, not when it was claimed.
    """
    message = claim(message_id=message_id, now=clock())
    if message is None:
        return "not due"
    outgoing = pass_gate(message=message, now=clock())
    if outgoing is None:
        return message.status
    answer = call(outgoing)
    return settle(message=message, answer=answer, now=clock())


def claim(*, message_id: int, now: datetime) -> Message | None:
    """Take a due message for MESSAGE_LEASE_SECONDS; None where it is not due or somebody was faster."""
    message = Message.objects.filter(
        pk=message_id, status=MessageStatus.QUEUED, next_attempt_at__lte=now
    ).first()
    if message is None:
        return None
    lease: dict[str, Any] = {"lease_token": uuid.uuid4(), "leased_until": now + _lease(), "changed_at": now}
    try:
        transitions.move(message, to=MessageStatus.SENDING, arrows=ARROWS, **lease)
    except transitions.StaleState:
        return None
    return message


@transaction.atomic
def pass_gate(*, message: Message, now: datetime) -> Outgoing | None:
    """Look once more whether the message may leave, and mark the call as begun; None where it may not."""
    verdict = gate.ask(message, now)
    if isinstance(verdict, gate.Go) and message.kind != "optout_notice" and optout.is_suppressed(message.to):
        verdict = gate.Skip("opted_out")
    if isinstance(verdict, gate.Later):
        _back_to_queue(message, at=verdict.at, now=now)
        return None
    if isinstance(verdict, gate.Skip):
        _leave_lease(message, to=MessageStatus.SKIPPED, now=now, skip_reason=verdict.reason)
        return None
    message.body, message.call_started_at, message.attempt = verdict.body, now, message.attempt + 1
    begun = {"body": message.body, "call_started_at": now, "attempt": message.attempt}
    if not _ours(message).update(from_number=settings.TWILIO_PHONE_NUMBER, **begun):
        message.refresh_from_db()
        return None
    return Outgoing(
        uuid=message.uuid,
        to=message.to,
        body=verdict.body,
        valid_for=None if verdict.valid_until is None else verdict.valid_until - now,
    )


def call(outgoing: Outgoing) -> Answer:
    """The network. No transaction is open here."""
    return gateways.current().send(outgoing)


@transaction.atomic
def settle(*, message: Message, answer: Answer, now: datetime) -> str:
    """Write down what the provider said, unless a callback or the sweep was there before us."""
    if isinstance(answer, NotProcessed | Refused) and _ours(message).exists():
        # Before our own row is written: the slot stands earlier in the order of locks.
        gate.undo(message, now)
    if not _leave_lease(message, now=now, **_result(message, answer, now)):
        return _settle_late(message, answer, now)
    if isinstance(answer, Refused):
        _refused(message, answer, now)
    return message.status


def _result(message: Message, answer: Answer, now: datetime) -> dict[str, Any]:
    """What the answer makes of the message."""
    if isinstance(answer, Sent):
        return {"to": MessageStatus.SENT, "twilio_sid": answer.sid, "sent_at": now}
    if isinstance(answer, Refused):
        return {"to": MessageStatus.FAILED, "error_code": answer.code}
    if isinstance(answer, NotProcessed):
        again_at = now + _backoff(message.attempt)
        return {"to": MessageStatus.QUEUED, "next_attempt_at": again_at, "call_started_at": None}
    return {"to": MessageStatus.UNKNOWN, "next_attempt_at": now}


def _refused(message: Message, answer: Refused, now: datetime) -> None:
    if answer.code == OPTED_OUT_AT_PROVIDER:
        optout.suppress(phone=message.to, words="", source="provider", now=now)
    message_failed.send(sender=Message, message_id=message.pk)


def release_expired(*, now: datetime, at_once: int = 200) -> int:
    """Free the messages whose worker died: to be sent where the call had not begun, else unknown."""
    expired = Message.objects.filter(status=MessageStatus.SENDING, leased_until__lte=now)
    not_begun = expired.filter(call_started_at=None).values_list("pk", flat=True)[:at_once]
    freed = {"lease_token": None, "leased_until": None, "next_attempt_at": now, "changed_at": now}
    done = Message.objects.filter(
        pk__in=list(not_begun), status=MessageStatus.SENDING, leased_until__lte=now, call_started_at=None
    ).update(status=MessageStatus.QUEUED, **freed)
    begun = expired.filter(call_started_at__isnull=False).values_list("pk", flat=True)[:at_once]
    done += Message.objects.filter(
        pk__in=list(begun), status=MessageStatus.SENDING, leased_until__lte=now
    ).update(status=MessageStatus.UNKNOWN, **freed)
    return done


def _ours(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(
        pk=message.pk, status=MessageStatus.SENDING, lease_token=message.lease_token
    )


def _settle_late(message: Message, answer: Answer, now: datetime) -> str:
    """Our lease ran out while the provider thought. What it said for certain is still worth having."""
    if message.status == MessageStatus.UNKNOWN and isinstance(answer, NotProcessed):
        reconciling.give_up(message=message, now=now)
    elif message.status == MessageStatus.UNKNOWN and isinstance(answer, Refused):
        refused: dict[str, Any] = {"error_code": answer.code, "changed_at": now}
        transitions.move(message, to=MessageStatus.FAILED, arrows=ARROWS, **refused)
        _refused(message, answer, now)
    elif isinstance(answer, Sent) and message.status in (MessageStatus.UNKNOWN, MessageStatus.NOT_SENT):
        fields: dict[str, Any] = {"twilio_sid": answer.sid, "sent_at": now, "changed_at": now}
        transitions.move(message, to=MessageStatus.SENT, arrows=ARROWS, **fields)
    return message.status


def _leave_lease(message: Message, *, to: MessageStatus, now: datetime, **fields: Any) -> bool:
    """Move a message that is still ours; False where its lease was given to somebody else."""
    if message.status != MessageStatus.SENDING:
        return False
    lease = {"lease_token": message.lease_token}
    freed = {"lease_token": None, "leased_until": None, "changed_at": now, **fields}
    try:
        transitions.move(message, to=to, arrows=ARROWS, given=lease, **freed)
    except transitions.StaleState:
        message.refresh_from_db()
        return False
    return True


def _back_to_queue(message: Message, *, at: datetime, now: datetime) -> None:
    _leave_lease(message, to=MessageStatus.QUEUED, now=now, next_attempt_at=at, call_started_at=None)


def _lease() -> timedelta:
    return timedelta(seconds=settings.MESSAGE_LEASE_SECONDS)


def _backoff(attempt: int) -> timedelta:
    doubled = min(FIRST_RETRY * int(2 ** min(attempt - 1, 10)), LONGEST_RETRY)
    return timedelta(seconds=doubled.total_seconds() * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
