"""Texts of which nobody knows whether they left: the provider is asked, they are never sent again blindly."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core import transitions
from messaging import gateways, resending
from messaging.models import Attention, Message, ProviderEvent
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
    sids = gateways.carrier(message.channel).find(to=message.to, body=message.body, since=since)
    return _settle(message, sids, now)


@transaction.atomic
def _settle(message: Message, sids: list[str] | None, now: datetime) -> bool:
    free = _may_be(message, sids or [])
    twins = _twins(message)
    called_at = message.call_started_at or now
    is_over = now >= called_at + timedelta(minutes=settings.MESSAGE_UNKNOWN_MINUTES)
    try:
        if free and (len(free) > len(twins) or (is_over and MessageStatus.SENDING not in twins)):
            fields: dict[str, Any] = {"twilio_sid": free[0], "sent_at": now, "changed_at": now}
            transitions.move(message, to=MessageStatus.SENT, arrows=ARROWS, **fields)
            resending.arrived(message=message, now=now)
            return True
        if sids is None or free or not is_over:
            _ask_again(message, is_over, now)
            return False
        give_up(message=message, now=now)
    except transitions.StaleState:
        # A callback was faster, and knows more.
        return False
    return True


def _may_be(message: Message, sids: list[str]) -> list[str]:
    """Those that no other text of ours has, and of which no callback says that they are another's."""
    others = set(Message.objects.filter(twilio_sid__in=sids).values_list("twilio_sid", flat=True))
    told = ProviderEvent.objects.filter(provider="twilio", sid__in=sids, message_uuid__isnull=False)
    others |= set(told.exclude(message_uuid=message.uuid).values_list("sid", flat=True))
    return [sid for sid in sids if sid not in others]


def _twins(message: Message) -> list[str]:
    """The states of the texts with the same words to the same phone of which nobody knows either.

    The list cannot tell them apart. Once each has either a SID or none is left, it no longer matters whose
    is whose: as many as were lost go again, in the same words.
    """
    same = Message.objects.filter(to=message.to, body=message.body, twilio_sid=None).exclude(pk=message.pk)
    open_ones = same.filter(status__in=(MessageStatus.SENDING, MessageStatus.UNKNOWN))
    return list(open_ones.order_by("pk").values_list("status", flat=True))


def _ask_again(message: Message, is_over: bool, now: datetime) -> None:
    fields: dict[str, Any] = {"next_attempt_at": now + ASK_AGAIN}
    if is_over:
        # Nobody has told us for so long that a person should know; it is asked about all the same.
        fields["attention"] = Attention.NOT_SENT
    Message.objects.filter(pk=message.pk, status=MessageStatus.UNKNOWN).update(**fields)


def give_up(*, message: Message, now: datetime) -> None:
    """The provider never took it: not sent. The caller is in a transaction. Raises StaleState."""
    transitions.move(message, to=MessageStatus.NOT_SENT, arrows=ARROWS, changed_at=now)
    _owe_again(message, now)
    message_failed.send(sender=Message, message_id=message.pk)


def _owe_again(message: Message, now: datetime) -> None:
    """An offer is never sent again, any other text goes once more; what does not is a person's to see to."""
    is_owed = resending.once_more(message=message, now=now)
    attention = Attention.NONE if is_owed else Attention.NOT_SENT
    Message.objects.filter(pk=message.pk).update(attention=attention)
