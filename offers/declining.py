"""A question that ends without a booking: a NO, a text that did not arrive, an entry that left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from core import transitions, wakeups
from offers import seating, slots, tasks
from offers.models import Cancellation, Offer
from offers.states import OFFER_ARROWS, RUNNING, OfferStatus

# Somebody who stands by waits for the same slot, and would be booked without being asked again.
OPEN = (OfferStatus.PENDING, OfferStatus.STANDBY)


@transaction.atomic
def end(*, offer_id: int, to: OfferStatus, now: datetime, answered: bool = False) -> bool:
    """Close an open offer as `to`; whoever is next is asked at once, if that frees a place.

    A standby can only be withdrawn. Returns False where the offer is closed. Raises Offer.DoesNotExist.
    """
    asked = Offer.objects.only("cancellation_id").get(pk=offer_id)
    slot = slots.locked(asked.cancellation_id)
    offer = Offer.objects.get(pk=offer_id)
    if offer.status not in OPEN or to not in OFFER_ARROWS[offer.status]:
        return False
    fields: dict[str, Any] = {"responded_at": now} if answered else {}
    transitions.move(offer, to=to, arrows=OFFER_ARROWS, **fields)
    next_if_free(slot=slot, now=now)
    return True


def next_if_free(*, slot: Cancellation, now: datetime) -> None:
    """Make the slot's next step due where a place of it is free. The caller holds the slot."""
    if slot.status not in RUNNING:
        return
    if not seating.free(slot=slot):
        slots.touch(slot, changed_at=now)
        return
    slots.touch(slot, next_step_at=now, waiting_for="", changed_at=now)
    wakeups.wake(tasks.advance, cancellation_id=slot.pk)


def end_all(*, now: datetime, **whose: int | str) -> int:
    """Withdraw every open question to an entry, patient or phone that must not be asked; how many."""
    open_ones = Offer.objects.filter(status__in=OPEN, **whose).order_by("cancellation_id", "pk")
    ids = list(open_ones.values_list("pk", flat=True))
    return sum(end(offer_id=pk, to=OfferStatus.WITHDRAWN, now=now) for pk in ids)
