"""The slot's one mutex and its clock. Every verb that changes an offer holds the slot's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from clinic.models import Appointment
from core import transitions
from offers import policy
from offers.models import Cancellation, Offer
from offers.states import CANCELLATION_ARROWS, RUNNING, CancellationStatus, UnfilledReason


class SlotBusy(Exception):
    """Somebody else holds the slot right now."""


def locked(cancellation_id: int, *, skip_locked: bool = False) -> Cancellation:
    """The slot, locked until the transaction ends, with clinic and provider.

    Raises Cancellation.DoesNotExist, and with `skip_locked` SlotBusy instead of waiting.
    """
    rows = Cancellation.objects.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    slot = rows.select_related("clinic", "provider").filter(pk=cancellation_id).first()
    if slot is not None:
        return slot
    if skip_locked and Cancellation.objects.filter(pk=cancellation_id).exists():
        raise SlotBusy
    raise Cancellation.DoesNotExist


def offers_of(slot: Cancellation) -> list[Offer]:
    """Every offer of a slot whose lock the caller holds, with patient and entry, in the order of asking."""
    return list(slot.offers.select_related("patient", "entry").order_by("pk"))


def is_booked(slot: Cancellation) -> bool:
    """Whether the calendar has given the time to somebody else, by the phone or in the EHR."""
    visits = Appointment.objects.active().overlapping(slot.starts_at, slot.ends_at)
    return visits.filter(provider_id=slot.provider_id).exclude(fills_slot=slot.pk).exists()


def last_useful_at(slot: Cancellation) -> datetime:
    """The last moment (UTC) at which anybody is asked."""
    return policy.last_useful_at(starts_at=slot.starts_at, lead=slot.clinic.lead)


def move(slot: Cancellation, *, to: CancellationStatus, now: datetime, **fields: Any) -> None:
    """Take a state's arrow; the clock stops unless `next_step_at` is among the fields."""
    fields = {"next_step_at": None, "waiting_for": "", "paused_by": "", **fields, "changed_at": now}
    if to == slot.status and to in RUNNING:
        touch(slot, **fields)
    else:
        transitions.move(slot, to=to, arrows=CANCELLATION_ARROWS, **fields)


def start_again(slot: Cancellation, *, to: CancellationStatus, now: datetime) -> None:
    """Start the clock of a closed slot. Raises StaleState where its time is being offered as another slot."""
    again = {"next_step_at": now, "unfilled_reason": UnfilledReason.NONE, "closed_at": None}
    try:
        with transaction.atomic():
            move(slot, to=to, now=now, **again)
    except IntegrityError as error:
        if "cancellation_one_open" not in str(error):
            raise
        raise transitions.StaleState("This time is being offered as another slot already.") from None


def touch(slot: Cancellation, **fields: Any) -> None:
    """Write fields of a slot whose lock the caller holds and whose state stays."""
    for name, value in fields.items():
        setattr(slot, name, value)
    slot.save(update_fields=list(fields))


def require(slot: Cancellation, *states: str) -> None:
    """Raise StaleState, in words for staff, unless the slot is in one of `states`."""
    if slot.status not in states:
        raise transitions.StaleState(f"This slot is {slot.get_status_display().lower()} already.")
