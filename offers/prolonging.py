"""Waiting longer for those who are being asked. A deadline that was told is kept, or comes later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from core import audit, transitions
from offers import expiring, slots
from offers.models import Cancellation
from offers.states import CancellationStatus, OfferStatus

EXTENSION = timedelta(minutes=5)


@transaction.atomic
def extend(*, cancellation_id: int, by: str, now: datetime) -> Cancellation:
    """Give every question that is out EXTENSION more, at most until nobody could come in time any more.

    Nobody is texted. Raises StaleState where the slot is not being offered, or no question can wait longer.
    """
    slot = slots.locked(cancellation_id)
    slots.require(slot, CancellationStatus.OFFERING, CancellationStatus.PAUSED)
    # Whose time is over is not called back by it: their place may have gone to somebody else.
    expiring.expire(slot=slot, now=now)
    last = slots.last_useful_at(slot)
    # What has not left yet has no deadline, and starts its own when it leaves.
    out = slot.offers.filter(status=OfferStatus.PENDING, hold_expires_at__lt=last)
    longer = out.update(hold_expires_at=Least(F("hold_expires_at") + EXTENSION, last))
    if not longer:
        raise transitions.StaleState(_("No question is out that could wait longer."))
    slots.touch(slot, changed_at=now)
    minutes = EXTENSION // timedelta(minutes=1)
    audit.record(actor=by, verb="slot.extended", obj=slot, at=now, offers=longer, minutes=minutes)
    return slot
