"""Texts that a person must look at, until somebody has."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, transitions
from messaging.models import Message

# A text that was lost earlier than this helps nobody any more.
LOST_FOR = timedelta(days=7)


@transaction.atomic
def finish(*, message_id: int, by: str, now: datetime) -> None:
    """Somebody has seen to this text. Raises StaleState where nobody needs to, or a colleague was faster."""
    waiting = Message.objects.filter(pk=message_id, attention_done_at=None).exclude(attention="")
    if not waiting.update(attention_done_at=now, changed_at=now):
        raise transitions.StaleState(_why_not(message_id))
    message = Message.objects.only("attention").get(pk=message_id)
    audit.record(actor=by, verb="message.attended", obj=message, at=now, attention=message.attention)


def _why_not(message_id: int) -> str:
    """Nobody needs to see to the text any more: by whom that was done, where a person did it."""
    message = Message.objects.only("attention", "attention_done_at").get(pk=message_id)
    if not message.attention or message.attention_done_at is None:
        return _("Nobody needs to see to this text any more.")
    who = audit.last_actor(obj=message, verb="message.attended")
    return _("%(who)s has seen to this text already.") % {"who": who}
