"""Numbers and addresses that a channel cannot reach, as the provider's error codes say."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, transitions
from messaging.errors import ErrorClass
from messaging.models import Direction, Message, UnusableNumber
from messaging.states import MessageStatus

# For statements by hand; `phone` and `channel` are columns or parameters. Whoever texts us has a number that
# can text.
IS_UNUSABLE = """EXISTS (SELECT FROM messaging_unusablenumber u
            WHERE u.phone = {phone} AND u.channel = {channel} AND u.lifted_at IS NULL AND NOT EXISTS (
                SELECT FROM messaging_message heard
                WHERE heard.from_number = u.phone AND heard.channel = u.channel
                    AND heard.created_at > u.since))"""
_ENDS = (MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED)


def strike(*, message: Message, code: str, found: ErrorClass, now: datetime) -> bool:
    """Use the address no more by this channel once its last `found.strikes` messages ended with `code`.

    Returns whether it is so now.
    """
    sent = Message.objects.filter(to=message.to, channel=message.channel, status__in=_ENDS)
    sent = sent.filter(direction=Direction.OUTBOUND)
    before = sent.exclude(pk=message.pk).order_by("-pk").values_list("error_code", flat=True)
    if [*before[: found.strikes - 1]] != [code] * (found.strikes - 1):
        return False
    row = UnusableNumber(phone=message.to, channel=message.channel, code=code, since=now)
    UnusableNumber.objects.bulk_create([row], ignore_conflicts=True)
    return True


@transaction.atomic
def use_again(*, number_id: int, by: str, now: datetime) -> None:
    """Staff know that the number receives texts. Raises StaleState where it is in use already."""
    if not UnusableNumber.objects.filter(pk=number_id, lifted_at=None).update(lifted_at=now):
        raise transitions.StaleState(_("This number is texted again already."))
    audit.record(actor=by, verb="number.used_again", obj=UnusableNumber(pk=number_id), at=now)
