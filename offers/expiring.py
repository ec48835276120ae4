"""Questions whose time is over, or whose text was lost."""

from datetime import datetime

from messaging.models import Message
from messaging.states import MessageStatus
from offers.models import Cancellation
from offers.states import OfferStatus

# A text of ours that ended so did not reach the patient.
LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.NOT_SENT, MessageStatus.SKIPPED)


def expire(*, slot: Cancellation, now: datetime) -> int:
    """Close the pending offers whose text was lost, and those whose hold is over; how many.

    The caller holds the slot. An expired offer is not the end of it: a late YES still wins while the slot
    is free.
    """
    pending = slot.offers.filter(status=OfferStatus.PENDING)
    keys = [f"offer:{pk}" for pk in pending.order_by("pk").values_list("pk", flat=True)]
    lost = Message.objects.filter(logical_key__in=keys, status__in=LOST)
    lost_ids = [related["offer"] for related in lost.order_by("pk").values_list("related", flat=True)]
    closed = pending.filter(pk__in=lost_ids).update(status=OfferStatus.UNDELIVERABLE)
    return closed + pending.filter(hold_expires_at__lte=now).update(status=OfferStatus.EXPIRED)
