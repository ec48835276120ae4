"""Claim and send. Every step commits by itself, so that a worker that dies leaves a row that tells the truth.

claim: it may still leave, it is ours for a lease, and the call counts as begun. call: the network, with no
transaction open. settle: what the provider said. Once a text is claimed nobody but the provider knows whether
it left: when the lease runs out the provider is asked (messaging.reconciling).
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core import rows, transitions
from core.channels import Channel
from messaging import (
    calling,
    errors,
    failing,
    gate,
    gateways,
    holding,
    optout,
    reconciling,
    resending,
    senders,
    stopping,
)
from messaging.gateways import Answer, NotProcessed, Outgoing, Refused, Sent, Unclear
from messaging.models import Attention, Kind, Message
from messaging.signals import message_failed
from messaging.states import ARROWS, MessageStatus

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(seconds=60)
NOT_DUE = "not due"
# What its carrier is told of it.
_CARRIED = ("uuid", "kind", "channel", "to", "subject", "body", "language", "template", "content")


def send(*, message_id: int, clock: Callable[[], datetime]) -> str:
    """Hand one queued message to the provider; returns the state it ended in, or why nothing was done.

    `clock` is read at each step.
    """
    message, outgoing = claim(message_id=message_id, now=clock())
    if message is None:
        return NOT_DUE
    if outgoing is None:
        return message.status
    answer = call(outgoing)
    if isinstance(answer, Unclear):
        # The sort of the failure alone: what the provider said instead may quote the text.
        logger.warning("a text may have left", extra={"message_id": message_id, "reason": answer.reason})
    return settle(message=message, answer=answer, now=clock())


def claim(*, message_id: int, now: datetime) -> tuple[Message | None, Outgoing | None]:
    """Take a due message for MESSAGE_LEASE_SECONDS, and what is to be sent, if it may still leave.

    No message: it is not due, or somebody was faster. What its gate did is undone with it.
    """
    try:
        with transaction.atomic():
            return _claim(message_id, now)
    except transitions.StaleState:
        return None, None
    except holding.Held as held:
        return (None if held.verdict is None else _put_off(message_id, held.verdict, now)), None


@transaction.atomic
def _put_off(message_id: int, verdict: gate.Later | gate.Skip, now: datetime) -> Message | None:
    """Write down why a text was held back, unless somebody has done something with it in the meantime."""
    message, _ = _due(message_id, now, "FOR NO KEY UPDATE")
    if message is None:
        return None
    _obey(message, verdict, now)
    if isinstance(verdict, gate.Skip):
        answers = message_failed.send(sender=Message, message_id=message.pk)
        if not any(carried_on for _, carried_on in answers):
            _show(message)
    return message


def _due(message_id: int, now: datetime, lock: str = "") -> tuple[Message | None, str]:
    """The text, if it is due, and why its gate is not asked, if so."""
    due = f"id = %s AND status = %s AND next_attempt_at <= %s {lock}"
    found = rows.read_with(Message, gate.bar(), due, [message_id, MessageStatus.QUEUED, now])
    return next(iter(found), (None, ""))


def _claim(message_id: int, now: datetime) -> tuple[Message | None, Outgoing | None]:
    message, barred = _due(message_id, now)
    if message is None:
        return None, None
    # Before its gate, which would start a hold.
    route = _route(message)
    verdict = gate.ask(message, now, barred=barred)
    if isinstance(verdict, gate.Go):
        verdict = _begin(message, verdict, route, now) or verdict
    if not isinstance(verdict, gate.Go):
        _obey(message, verdict, now)
        return message, None
    holding.take(message, route=route, now=now)
    valid_for = None if verdict.valid_until is None else verdict.valid_until - now
    carried: dict[str, Any] = {name: getattr(message, name) for name in _CARRIED}
    return message, Outgoing(sender=route.name, valid_for=valid_for, **carried)


def _begin(message: Message, verdict: gate.Go, route: senders.Route, now: datetime) -> gate.Skip | None:
    """Write down that the call begins, unless the number has opted out by now. Raises StaleState."""
    begun: dict[str, Any] = {
        "body": verdict.body,
        "permission": dict(verdict.permission),
        "subject": verdict.subject or message.subject,
        "language": verdict.language or message.language,
        "content": verdict.content or message.content,
        # The words of a question are made by its gate.
        "template": verdict.permission.get("template") or message.template,
        "from_number": route.name,
        "attempt": message.attempt + 1,
        "call_started_at": now,
        "lease_token": uuid.uuid4(),
        "leased_until": now + timedelta(seconds=settings.MESSAGE_LEASE_SECONDS),
        "changed_at": now,
    }
    # One statement with the look at opt-outs, so that none is overlooked that is committed by then.
    unless = "" if message.kind == Kind.OPTOUT_NOTICE else optout.OF_MESSAGE
    try:
        transitions.move(message, to=MessageStatus.SENDING, arrows=ARROWS, unless=unless, **begun)
    except transitions.StaleState:
        if not unless or not optout.is_suppressed(message.to):
            raise
        return gate.Skip("opted_out")
    return None


def _show(message: Message) -> None:
    """What must arrive and goes by no channel at all is told by a person."""
    if message.kind in failing.MUST_ARRIVE:
        Message.objects.filter(pk=message.pk).update(attention=Attention.NOT_SENT)


def _route(message: Message) -> senders.Route:
    """What it leaves by. Raises Held where there is nothing."""
    if message.channel == Channel.VOICE and message.kind != Kind.OFFER:
        # Nobody is called but for an offer: a reply leaves while its call lasts, or in another way.
        raise holding.Held(gate.Skip(calling.UNSAID))
    route = senders.route_of(kind=message.kind, channel=message.channel)
    if route is None:
        raise holding.Held(gate.Skip(senders.CHANNEL_OFF))
    return route


def _obey(message: Message, verdict: gate.Later | gate.Skip, now: datetime) -> None:
    if isinstance(verdict, gate.Later):
        Message.objects.filter(pk=message.pk).update(next_attempt_at=verdict.at, changed_at=now)
        return
    skipped: dict[str, Any] = {"skip_reason": verdict.reason, "changed_at": now}
    transitions.move(message, to=MessageStatus.SKIPPED, arrows=ARROWS, **skipped)


def call(outgoing: Outgoing) -> Answer:
    """The network. No transaction is open here."""
    return gateways.carrier(outgoing.channel).send(outgoing)


def settle(*, message: Message, answer: Answer, now: datetime) -> str:
    """Write down what the provider said, unless a callback or the sweep was there before us."""
    if not isinstance(answer, Sent):
        return _settle_failed(message, answer, now)
    # The usual end is one statement, which is a transaction of its own.
    if _leave_lease(message, now=now, **_result(message, answer, now)):
        return message.status
    with transaction.atomic():
        return _settle_late(message, answer, now)


@transaction.atomic
def _settle_failed(message: Message, answer: Answer, now: datetime) -> str:
    refusal = answer.code if isinstance(answer, Refused) else ""
    if errors.of(refusal).stops_sender:
        # Refused because of its sender: no text would have got through, and this one waits with the others.
        answer = NotProcessed("sender stopped")
    ended = _settle(message, answer, now)
    if errors.of(refusal).stops_sender:
        stopping.stop(name=message.from_number, code=refusal, now=now)
    return ended


def _settle(message: Message, answer: Answer, now: datetime) -> str:
    if isinstance(answer, NotProcessed | Refused) and _is_ours(message):
        # Before our own row is written: the slot stands earlier in the order of locks.
        gate.undo(message, now)
    if not _leave_lease(message, now=now, **_result(message, answer, now)):
        return _settle_late(message, answer, now)
    if isinstance(answer, Refused):
        failing.failed(message=message, code=answer.code, now=now)
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


def release_expired(*, now: datetime, at_once: int = 200) -> int:
    """Free the messages whose worker died in the call: nobody knows whether they left. How many."""
    expired = Message.objects.filter(status=MessageStatus.SENDING, leased_until__lte=now)
    ids = list(expired.order_by("leased_until", "pk").values_list("pk", flat=True)[:at_once])
    freed = {"lease_token": None, "leased_until": None, "next_attempt_at": now, "changed_at": now}
    return expired.filter(pk__in=ids).update(status=MessageStatus.UNKNOWN, **freed)


def _is_ours(message: Message) -> bool:
    ours = Message.objects.filter(pk=message.pk, status=MessageStatus.SENDING)
    return ours.filter(lease_token=message.lease_token).exists()


def _settle_late(message: Message, answer: Answer, now: datetime) -> str:
    """Our lease ran out while the provider thought. What it said for certain is still worth having."""
    if message.status == MessageStatus.UNKNOWN and isinstance(answer, NotProcessed):
        reconciling.give_up(message=message, now=now)
    elif message.status == MessageStatus.UNKNOWN and isinstance(answer, Refused):
        refused: dict[str, Any] = {"error_code": answer.code, "changed_at": now}
        transitions.move(message, to=MessageStatus.FAILED, arrows=ARROWS, **refused)
        failing.failed(message=message, code=answer.code, now=now)
    elif isinstance(answer, Sent) and message.status in (MessageStatus.UNKNOWN, MessageStatus.NOT_SENT):
        fields: dict[str, Any] = {"twilio_sid": answer.sid, "sent_at": now, "changed_at": now}
        transitions.move(message, to=MessageStatus.SENT, arrows=ARROWS, **fields)
        resending.arrived(message=message, now=now)
    return message.status


def _leave_lease(message: Message, *, to: MessageStatus, now: datetime, **fields: Any) -> bool:
    """Move a message that is still ours; False where its lease was given to somebody else."""
    lease = {"lease_token": message.lease_token}
    freed = {"lease_token": None, "leased_until": None, "changed_at": now, **fields}
    try:
        transitions.move(message, to=to, arrows=ARROWS, given=lease, **freed)
    except transitions.StaleState:
        message.refresh_from_db()
        return False
    return True


def _backoff(attempt: int) -> timedelta:
    doubled = min(FIRST_RETRY * int(2 ** min(attempt - 1, 10)), LONGEST_RETRY)
    return timedelta(seconds=doubled.total_seconds() * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
