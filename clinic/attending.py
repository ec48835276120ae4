"""Whether the patient comes, and what became of a visit on the day: arrived, completed, no show."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.utils.translation import gettext as _

from clinic.models import Appointment
from clinic.models.appointment import AppointmentQuerySet
from clinic.signals import appointment_attended
from clinic.states import ARROWS, AppointmentStatus
from core import audit, transitions

logger = logging.getLogger(__name__)

AT_ONCE = 500
# Nobody comes earlier than this: what is said of a visit before that is a slip, and would free its time.
EARLIEST = timedelta(hours=12)
ON_THE_DAY = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)


@transaction.atomic
def set_status(*, appointment_id: int, to: str, by: str, now: datetime) -> Appointment:
    """Record what became of a visit. Raises StaleState where it is past that, or is still to come.

    Cancelling and moving have consequences of their own and their own verbs; here they are a bug.
    """
    if to not in ON_THE_DAY:
        raise transitions.IllegalMove(f"{to} is not something that happens to a visit on the day")
    appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if to not in ARROWS.get(appointment.status, frozenset()):
        label = appointment.get_status_display().lower()
        raise transitions.StaleState(_("This visit is %(state)s already.") % {"state": label})
    if is_too_early(visit=appointment, to=to, now=now):
        raise transitions.StaleState(_("This visit is still to come."))
    transitions.move(appointment, to=to, arrows=ARROWS)
    audit.record(actor=by, verb=f"appointment.{to}", obj=appointment, at=now)
    appointment_attended.send(sender=Appointment, appointment_id=appointment.pk)
    return appointment


def is_too_early(*, visit: Appointment, to: str, now: datetime) -> bool:
    """Whether that cannot have become of the visit yet: nobody is missed before it begins."""
    earliest = visit.starts_at - (timedelta(0) if to == AppointmentStatus.NO_SHOW else EARLIEST)
    return now < earliest


@transaction.atomic
def confirm(*, appointment_id: int, by: str, now: datetime) -> Appointment:
    """The patient says that he or she comes; once is enough. Raises StaleState where it is not booked."""
    appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if appointment.status != AppointmentStatus.BOOKED:
        label = appointment.get_status_display().lower()
        raise transitions.StaleState(_("This visit is %(state)s and cannot be confirmed.") % {"state": label})
    if appointment.confirmed_at is None:
        appointment.confirmed_at = now
        appointment.save(update_fields=["confirmed_at"])
        audit.record(actor=by, verb="appointment.confirmed", obj=appointment, at=now)
    return appointment


def sweep_missed(*, now: datetime) -> int:
    """Make no-shows of the visits that nobody saw arrive until a clinic's delay after their end; how many."""
    ids = list(_missed(now).order_by("starts_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_miss(pk, now) for pk in ids)


def _missed(now: datetime) -> AppointmentQuerySet:
    minutes = F("clinic__no_show_minutes") * Value(timedelta(minutes=1))
    late = ExpressionWrapper(F("ends_at") + minutes, output_field=DateTimeField())
    # The start alone leads into the index of active visits.
    begun = Appointment.objects.filter(status=AppointmentStatus.BOOKED, starts_at__lt=now)
    # Of a fact the EHR says what became of it.
    begun = begun.filter(is_fact=False)
    return begun.annotate(missed_at=late).filter(missed_at__lte=now)


def _miss(appointment_id: int, now: datetime) -> bool:
    """One row a transaction; one that another worker holds, or has done, is left alone."""
    try:
        with transaction.atomic():
            rows = _missed(now).select_for_update(of=("self",), no_key=True, skip_locked=True)
            if not rows.filter(pk=appointment_id).exists():
                return False
            no_show = AppointmentStatus.NO_SHOW
            set_status(appointment_id=appointment_id, to=no_show, by=audit.SYSTEM, now=now)
    except Exception:
        # The others go on; this one is found again by the next sweep.
        logger.exception("no-show not recorded", extra={"appointment_id": appointment_id})
        return False
    return True
