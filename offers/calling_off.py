"""Phones that still ring about a time that is gone: the provider is asked to let them be.

A kindness and no promise. Whoever picks up first hears the truth (offers.calls.line), and a call that cannot
be called off is over by itself after some seconds.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from core.channels import Channel
from messaging import calling, receipts, senders
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from offers import calls
from offers.models import Offer

logger = logging.getLogger(__name__)

# Twilio starts one call a second and keeps the others in a queue; later than this none is waiting there.
MAY_RING_FOR = timedelta(minutes=10)
AT_ONCE = 50


def sweep(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Call off whatever rings for nothing; how many calls were. No transaction is open at the network."""
    if not senders.is_on(Channel.VOICE):
        return 0
    done = 0
    for call in _for_nothing(now, at_once):
        try:
            done += calling.call_off(call=call, now=now)
        except Exception:
            # The other phones fall silent all the same; this one is found again by the next sweep.
            logger.exception("calling off failed", extra={"message_id": call.pk})
    return done


def _for_nothing(now: datetime, at_once: int) -> list[Message]:
    """The calls that nobody has taken yet and whose offer cannot be said yes to any more."""
    under_way = Message.objects.filter(channel=Channel.VOICE, kind=Kind.OFFER, status=MessageStatus.SENT)
    under_way = under_way.filter(call_started_at__gt=now - MAY_RING_FOR)
    ringing = under_way.filter(status_rank__lt=receipts.RANKS["in-progress"])
    found = list(ringing.order_by("call_started_at", "pk")[:at_once])
    about = [call.related.get("offer") for call in found]
    offers = Offer.objects.select_related("cancellation").in_bulk([pk for pk in about if pk])
    asked = zip(found, (offers.get(pk) for pk in about), strict=True)
    return [call for call, offer in asked if not (offer and calls.stands(offer, offer.cancellation, now))]
