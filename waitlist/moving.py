"""A visit is moved, and its patient goes on waiting for an earlier one, or waits no longer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import booking, scheduling
from clinic.models import Appointment
from waitlist import joining
from waitlist.models import WaitlistEntry


@transaction.atomic
def move(
    *,
    appointment_id: int,
    starts_at: datetime,
    by: str,
    now: datetime,
    waits_on: bool = True,
    override: str = "",
) -> Appointment:
    """Move a booked visit, and let the wish for an earlier one go on from the new time, or end.

    Raises as booking.reschedule, and Conflicting where the new time has conflicts. The old time goes to the
    waitlist.
    """
    # Before the visit's row: an offer that is accepted locks in this order too.
    rows = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).in_line()
    entries = list(rows.filter(current_appointment=appointment_id).order_by("pk"))
    old = Appointment.objects.get(pk=appointment_id)
    if starts_at == old.starts_at:
        # Its patient would be told of a new time that is none, and would have to confirm it again.
        raise booking.BadTime(_("The visit is at that time already."))
    wanted = booking.as_moved(old, starts_at=starts_at, override=override)
    booking.check_time(wanted, now)
    reason = scheduling.permit(booking=wanted)
    visit = booking.reschedule(
        appointment_id=appointment_id, starts_at=starts_at, by=by, now=now, override=reason
    )
    for entry in entries:
        if waits_on:
            joining.follow(entry=entry, visit=visit, by=by, now=now)
        else:
            joining.remove(entry_id=entry.pk, by=by, now=now, reason="the visit was moved")
    return visit
