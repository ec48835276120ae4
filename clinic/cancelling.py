"""Taking a visit out of the calendar."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import noticing
from clinic.models import Appointment, Notice
from clinic.signals import appointment_cancelled
from clinic.states import ARROWS, AppointmentStatus
from core import audit, transitions


@transaction.atomic
def cancel(
    *,
    appointment_id: int,
    by: str,
    now: datetime,
    reason: str = "",
    offer_slot: bool = True,
    tells_patient: bool = True,
) -> Appointment:
    """Cancel a booked visit; unless `offer_slot` is false its time goes to the waitlist.

    `tells_patient`: the word that it is off is owed; false where the patient knows, or is told otherwise.
    Raises StaleState where the visit is no longer booked.
    """
    appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if appointment.status != AppointmentStatus.BOOKED:
        label = appointment.get_status_display().lower()
        raise transitions.StaleState(_("This visit is %(state)s and cannot be cancelled.") % {"state": label})
    transitions.move(
        appointment,
        to=AppointmentStatus.CANCELLED,
        arrows=ARROWS,
        cancel_reason=reason,
        offer_slot=offer_slot and appointment.starts_at > now,
    )
    audit.record(actor=by, verb="appointment.cancelled", obj=appointment, at=now, reason=reason)
    noticing.tell(visit=appointment, about=Notice.About.CANCELLED, now=now)
    appointment_cancelled.send(sender=Appointment, appointment_id=appointment.pk, tells_patient=tells_patient)
    return appointment
