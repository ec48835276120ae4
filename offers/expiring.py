"""Questions whose time is over, or whose text was lost."""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from messaging.models import Message
from messaging.states import MessageStatus
from offers import calls, keys
from offers.models import Cancellation, Offer
from offers.states import OfferStatus

# A text of ours that ended so did not reach the patient.
LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.NOT_SENT, MessageStatus.SKIPPED)


def lost(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """Those of the offers whose question reached the patient by no channel, and is on its way by none."""
    texts = Message.objects.filter(logical_key__in=keys.questions_of(OuterRef("pk")))
    gone = texts.filter(status__in=LOST).values("pk")[:1]
    others = texts.exclude(status__in=LOST).values("pk")[:1]
    # From the offers, which are few, to their texts: the other way round reads every text that was lost.
    asked = offers.annotate(gone=Subquery(gone), others=Subquery(others))
    return asked.filter(gone__isnull=False, others=None)


def expire(*, slot: Cancellation, now: datetime) -> int:
    """Close the pending offers whose text was lost, and those whose hold is over; how many.

    The caller holds the slot. An expired offer is not the end of it: a late YES still wins while the slot
    is free.
    """
    pending = slot.offers.filter(status=OfferStatus.PENDING)
    closed = lost(pending).update(status=OfferStatus.UNDELIVERABLE)
    ids = list(pending.order_by("pk").values_list("pk", flat=True))
    # Whoever has put down the phone without an answer gives none any more.
    over = pending.filter(pk__in=calls.over(offer_ids=ids))
    over.filter(hold_expires_at__gt=now).update(hold_expires_at=now)
    return closed + pending.filter(hold_expires_at__lte=now).update(status=OfferStatus.EXPIRED)
