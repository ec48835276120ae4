"""Holding a slot back for a while. Questions that are out stay good to their deadline."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from offers import reopening, slots
from offers.models import Cancellation
from offers.states import RUNNING, CancellationStatus


@transaction.atomic
def pause(*, cancellation_id: int, by: str, now: datetime) -> Cancellation:
    """Ask nobody else until `resume`. Raises StaleState where the slot is not running."""
    slot = slots.locked(cancellation_id)
    slots.require(slot, *RUNNING)
    slots.move(slot, to=CancellationStatus.PAUSED, now=now, paused_by=by)
    audit.record(actor=by, verb="slot.paused", obj=slot, at=now)
    return slot


@transaction.atomic
def resume(*, cancellation_id: int, by: str, now: datetime) -> Cancellation:
    """Go on where the slot was paused: whoever stands by has it, else it is offered.

    Somebody stands by where it had been filled before. Raises StaleState where it is not paused.
    """
    slot = slots.locked(cancellation_id)
    slots.require(slot, CancellationStatus.PAUSED)
    asked = slot.offers.exists()
    to = CancellationStatus.OFFERING if asked else CancellationStatus.OPEN
    slots.move(slot, to=to, now=now, next_step_at=max(now, slot.grace_ends_at))
    audit.record(actor=by, verb="slot.resumed", obj=slot, at=now)
    reopening.go_on(slot, by, now)
    return slot
