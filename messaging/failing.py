"""What follows when a text of ours did not arrive, as the table of error classes says."""

from __future__ import annotations

from datetime import datetime, timedelta

from messaging import errors, numbers, oddities, optout, resending, stopping
from messaging.models import Attention, Kind, Message
from messaging.signals import message_failed

# What hindered a text to a phone is often over by then.
AGAIN_AFTER = timedelta(minutes=15)
# Without these a patient does not come, or comes in vain.
MUST_ARRIVE = (Kind.CONFIRMATION, Kind.UNDONE, Kind.REMINDER, Kind.STAFF)


def failed(*, message: Message, code: str, now: datetime) -> None:
    """Draw the consequences of a text that failed with `code`, and announce it: its place is free at once.

    The caller is in a transaction, and has written the failure.
    """
    found = errors.of(code)
    if found is errors.UNKNOWN and code:
        oddities.note(what="code", word=code, now=now)
    if found.strikes:
        numbers.strike(message=message, code=code, found=found, now=now)
    if found.opts_out:
        optout.suppress(phone=message.to, words="", source="provider", now=now)
    if found.stops_sender and message.from_number:
        stopping.stop(name=message.from_number, code=code, now=now)
    again = found.again_later and message.kind == Kind.REMINDER
    if again and resending.once_more(message=message, now=now, due_at=now + AGAIN_AFTER):
        return
    answers = message_failed.send(sender=Message, message_id=message.pk)
    if any(carried_on for _, carried_on in answers):
        # It goes by another channel: nobody has to look yet.
        return
    if found.shown or (message.kind in MUST_ARRIVE and not found.opts_out):
        Message.objects.filter(pk=message.pk).update(attention=Attention.NOT_SENT)
