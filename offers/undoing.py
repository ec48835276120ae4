"""A slip of the hand while logging: taken back within the grace, it leaves no trace outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import booking
from clinic.models import Appointment
from core import audit, transitions
from offers import confirming, slots, withdrawing
from offers.models import Cancellation
from offers.states import CancellationStatus
from waitlist import joining
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

UNDONE = "logged by mistake"


@transaction.atomic
def undo(*, cancellation_id: int, by: str, now: datetime) -> Cancellation:
    """Take back what staff logged: nobody is texted, and the visit that was cancelled with it stands again.

    A slot that came free by a cancelled visit is withdrawn, and the visit stays cancelled. Raises StaleState
    once the grace is over or somebody was asked, and booking.BookingError where the visit's time is gone.
    """
    slot = slots.locked(cancellation_id)
    slots.require(slot, CancellationStatus.OPEN, CancellationStatus.PAUSED)
    if now >= slot.grace_ends_at or slot.offers.exists():
        raise transitions.StaleState(_("The grace time is over. Withdraw the slot instead."))
    withdrawing.take_back(slot=slot, by=by, now=now, reason=UNDONE)
    if slot.appointment is not None and slot.logged_by != audit.SYSTEM:
        _stands_again(slot.appointment, by, now)
    return slot


def _stands_again(old: Appointment, by: str, now: datetime) -> None:
    """A new row, as for every visit: what is cancelled stays so."""
    theirs = WaitlistEntry.objects.filter(
        current_appointment=old, status__in=[EntryStatus.WAITING, EntryStatus.PAUSED]
    )
    entries = list(theirs.select_for_update(of=("self",), no_key=True).order_by("pk"))
    # Its word that it is off leaves under this lock: it was before, or sees the visit that stands again.
    Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=old.pk)
    # Who never heard that the visit was cancelled is not told that it is booked.
    heard = confirming.knows_it_is_off(appointment_id=old.pk)
    again = replace(booking.as_before(old), tells_patient=heard)
    visit = booking.place(booking=again, by=by, now=now)
    for entry in entries:
        changes = {"current_appointment_id": visit.pk}
        joining.edit(entry_id=entry.pk, changes=changes, by=by, now=now)
