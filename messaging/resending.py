"""The one more time that some texts get: no question, never a third time, nor where the first arrived."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from messaging import keys, outbox
from messaging.models import Attention, Kind, Message
from messaging.signals import message_arrived
from messaging.states import MessageStatus

# Their moment is over by the time that anybody knows.
NEVER_AGAIN = (Kind.OFFER, Kind.CLARIFICATION)


def is_second(message: Message) -> bool:
    """Whether the text has had its one more time."""
    return (message.logical_key or "").endswith(keys.SECOND_TIME)


def is_first(message: Message) -> bool:
    """Whether nothing was tried before it: not the same text, nor by another channel."""
    return keys.BY not in (message.logical_key or "")


def once_more(*, message: Message, now: datetime, due_at: datetime | None = None) -> bool:
    """Owe the text once more, from `due_at` on; False where it has had its chance. The gate looks anew."""
    # A text whose words are gone has nothing left to say.
    if message.kind in NEVER_AGAIN or is_second(message) or message.purged_at is not None:
        return False
    draft = outbox.Draft(
        kind=message.kind,
        to=message.to,
        body=message.body,
        key=(message.logical_key or "") + keys.SECOND_TIME,
        related=message.related,
        priority=message.priority,
        in_reply_to_id=message.in_reply_to_id,
        template=message.template,
        channel=message.channel,
        subject=message.subject,
        language=message.language,
        content=message.content,
    )
    outbox.queue(drafts=[draft], now=now, due_at=due_at)
    return True


def arrived(*, message: Message, now: datetime) -> None:
    """The provider has the text after all: no other try is needed, and nobody has to look at one.

    A try that is on its way already cannot be called back. Announced as `message_arrived`. The caller is in
    a transaction.
    """
    same = Q(pk=message.pk) | Q(logical_key__in=keys.tries(message.logical_key or ""))
    tries = Message.objects.filter(same)
    not_needed = tries.filter(status=MessageStatus.QUEUED)
    not_needed.update(status=MessageStatus.SKIPPED, skip_reason="first_arrived", changed_at=now)
    shown = tries.filter(attention=Attention.NOT_SENT, attention_done_at=None)
    shown.update(attention=Attention.NONE)
    message_arrived.send(sender=Message, message_id=message.pk)
