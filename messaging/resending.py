"""The one more time that some texts get: no question, never a third time, nor where the first arrived."""

from __future__ import annotations

from datetime import datetime

from messaging import outbox
from messaging.models import Attention, Kind, Message
from messaging.states import MessageStatus

# Their moment is over by the time that anybody knows.
NEVER_AGAIN = (Kind.OFFER, Kind.CLARIFICATION)
# No key of another text ends so: "taken:2" is the second offer's first text.
SECOND_TIME = "#2"


def is_second(message: Message) -> bool:
    """Whether the text has had its one more time."""
    return (message.logical_key or "").endswith(SECOND_TIME)


def once_more(*, message: Message, now: datetime, due_at: datetime | None = None) -> bool:
    """Owe the text once more, from `due_at` on; False where it has had its chance. The gate looks anew."""
    # A text whose words are gone has nothing left to say.
    if message.kind in NEVER_AGAIN or is_second(message) or message.purged_at is not None:
        return False
    draft = outbox.Draft(
        kind=message.kind,
        to=message.to,
        body=message.body,
        key=(message.logical_key or "") + SECOND_TIME,
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
    """The provider has the text after all: its second time is not needed, and nobody has to look at it.

    A second time that is on its way already cannot be called back. The caller is in a transaction.
    """
    second = Message.objects.filter(logical_key=(message.logical_key or "") + SECOND_TIME)
    not_needed = second.filter(status=MessageStatus.QUEUED)
    not_needed.update(status=MessageStatus.SKIPPED, skip_reason="first_arrived", changed_at=now)
    shown = Message.objects.filter(pk=message.pk, attention=Attention.NOT_SENT, attention_done_at=None)
    shown.update(attention=Attention.NONE)
