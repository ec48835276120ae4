"""Whether the patient comes, and what became of a visit on the day: arrived, completed, no show."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clinic.models import Appointment
from clinic.states import ARROWS, AppointmentStatus
from core import audit, transitions

ON_THE_DAY = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)


@transaction.atomic
def set_status(*, appointment_id: int, to: str, by: str, now: datetime) -> Appointment:
    """Record what became of a visit. Raises StaleState where it is past that.

    Cancelling and moving have consequences of their own and their own verbs; here they are a bug.
    """
    if to not in ON_THE_DAY:
        raise transitions.IllegalMove(f"{to} is not something that happens to a visit on the day")
    appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if to not in ARROWS.get(appointment.status, frozenset()):
        label = appointment.get_status_display().lower()
        raise transitions.StaleState(f"This visit is {label} already.")
    transitions.move(appointment, to=to, arrows=ARROWS)
    audit.record(actor=by, verb=f"appointment.{to}", obj=appointment, at=now)
    return appointment


@transaction.atomic
def confirm(*, appointment_id: int, by: str, now: datetime) -> Appointment:
    """The patient says that he or she comes; once is enough. Raises StaleState where it is not booked."""
    appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if appointment.status != AppointmentStatus.BOOKED:
        label = appointment.get_status_display().lower()
        raise transitions.StaleState(f"This visit is {label} and cannot be confirmed.")
    if appointment.confirmed_at is None:
        appointment.confirmed_at = now
        appointment.save(update_fields=["confirmed_at"])
        audit.record(actor=by, verb="appointment.confirmed", obj=appointment, at=now)
    return appointment
