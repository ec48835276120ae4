"""Which texts are needed as long as their slot is: their words are kept however old they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from messaging import purging
from messaging.models import Message
from offers.models import Cancellation
from offers.states import RUNNING, CancellationStatus

# A slot whose time is still ahead may open again whatever its state: its winner may drop out.
_OPEN = (*RUNNING, CancellationStatus.PAUSED)


def register() -> None:
    """Have a say in what is emptied."""
    purging.register_need(of_open_slots)


def of_open_slots(messages: Sequence[Message], now: datetime) -> set[int]:
    """The ids of those texts that are about a slot which is, or may again be, on offer."""
    slots = {message.pk: message.related.get("cancellation") for message in messages}
    still = Cancellation.objects.filter(Q(status__in=_OPEN) | Q(starts_at__gt=now))
    open_ids = set(still.filter(pk__in=set(slots.values()) - {None}).values_list("pk", flat=True))
    return {message_id for message_id, slot_id in slots.items() if slot_id in open_ids}
