"""Texts of which nobody knows whether they left: the provider is asked, they are never sent again blindly."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core import transitions
from messaging import gateways, resending
from messaging.models import Attention, Kind, Message
from messaging.signals import message_failed
from messaging.states import ARROWS, MessageStatus

logger = logging.getLogger(__name__)

# The provider's clock may run behind ours by this much.
CLOCKS_APART = timedelta(seconds=5)
ASK_AGAIN = timedelta(seconds=15)


def sweep(*, now: datetime, at_once: int = 50) -> int:
    """Ask about every unknown text that is due; how many were settled."""
    due = Message.objects.filter(status=MessageStatus.UNKNOWN, next_attempt_at__lte=now)
    done = 0
    for message_id in list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:at_once]):
        try:
            done += reconcile(message_id=message_id, now=now)
        except Exception:
            # The others go on; this one steps aside, and the log says so.
            logger.exception("reconciling failed", extra={"message_id": message_id})
            Message.objects.filter(pk=message_id).update(next_attempt_at=now + ASK_AGAIN)
    return done


def reconcile(*, message_id: int, now: datetime) -> bool:
    """Ask the provider about one unknown text; False where it stays unknown."""
    message = Message.objects.filter(pk=message_id, status=MessageStatus.UNKNOWN).first()
    if message is None or message.call_started_at is None:
        return False
    since = message.call_started_at - CLOCKS_APART
    sids = gateways.current().find(to=message.to, body=message.body, since=since)
    return _settle(message, sids, now)


@transaction.atomic
def _settle(message: Message, sids: list[str] | None, now: datetime) -> bool:
    known = set(Message.objects.filter(twilio_sid__in=sids or []).values_list("twilio_sid", flat=True))
    free = [sid for sid in sids or [] if sid not in known]
    try:
        if free:
            fields: dict[str, Any] = {"twilio_sid": free[0], "sent_at": now, "changed_at": now}
            transitions.move(message, to=MessageStatus.SENT, arrows=ARROWS, **fields)
            return True
        given_up_at = (message.call_started_at or now) + timedelta(minutes=settings.MESSAGE_UNKNOWN_MINUTES)
        if sids is None or now < given_up_at:
            Message.objects.filter(pk=message.pk).update(next_attempt_at=now + ASK_AGAIN)
            return False
        give_up(message=message, now=now)
    except transitions.StaleState:
        # A callback was faster, and knows more.
        return False
    return True


def give_up(*, message: Message, now: datetime) -> None:
    """The provider never took it: not sent. The caller is in a transaction. Raises StaleState."""
    transitions.move(message, to=MessageStatus.NOT_SENT, arrows=ARROWS, changed_at=now)
    _owe_again(message, now)
    message_failed.send(sender=Message, message_id=message.pk)


def _owe_again(message: Message, now: datetime) -> None:
    """An offer is never sent again; any other text goes once more, then a person has to look."""
    if not resending.once_more(message=message, now=now) and message.kind != Kind.OFFER:
        Message.objects.filter(pk=message.pk).update(attention=Attention.NOT_SENT)
