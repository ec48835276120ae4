"""The one more time that some texts get: never an offer, and never a third time."""

from __future__ import annotations

from datetime import datetime

from messaging import outbox
from messaging.models import Kind, Message

# No key of another text ends so: "taken:2" is the second offer's first text.
SECOND_TIME = "#2"


def is_second(message: Message) -> bool:
    """Whether the text has had its one more time."""
    return (message.logical_key or "").endswith(SECOND_TIME)


def once_more(*, message: Message, now: datetime, due_at: datetime | None = None) -> bool:
    """Owe the text once more, from `due_at` on; False where it has had its chance. The gate looks anew."""
    # A text whose words are gone has nothing left to say.
    if message.kind == Kind.OFFER or is_second(message) or message.purged_at is not None:
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
    )
    outbox.queue(drafts=[draft], now=now, due_at=due_at)
    return True
