"""Visits that stand in another calendar, carried over into ours: many at once, and nobody is told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from clinic import filing, scheduling
from clinic.booking import BadTime, NewBooking, ResourceTaken, SlotTaken
from clinic.models import Appointment, Patient, Resource
from clinic.signals import appointments_carried_over
from clinic.states import AppointmentStatus
from core import audit

# What a visit that has begun may have come to; one that is ahead is booked.
BEGUN = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A visit, and how it stands."""

    booking: NewBooking
    status: str = AppointmentStatus.BOOKED


@transaction.atomic
def carry_over(*, visits: Sequence[Carried], clinic_id: int, by: str, now: datetime) -> list[Appointment]:
    """Enter visits of one clinic, in as many statements as for one: all of them, or none where it raises.

    Those ahead go through the conflicts and are reminded of; those that have begun are facts. No patient and
    no provider is told, and no EHR: it is where they come from. Raises BadTime, SlotTaken and Conflicting.
    """
    # One order for every statement that locks, or two files of one provider would wait for each other.
    visits = sorted(visits, key=lambda each: (each.booking.provider_id, each.booking.starts_at))
    _hold(visits, clinic_id)
    reasons = _permitted(visits, now)
    rows = _insert(visits, now)
    _give_rooms(rows, visits)
    by_reason = defaultdict(list)
    for row, reason in zip(rows, reasons, strict=True):
        by_reason[reason, row.status].append(row)
    for (reason, status), group in by_reason.items():
        verb, source = "appointment.booked", Appointment.Source.IMPORT.value
        audit.record_each(
            actor=by, verb=verb, objs=group, at=now, reason=reason, source=source, status=status
        )
    ids = [row.pk for row in rows]
    appointments_carried_over.send(sender=Appointment, appointment_ids=ids)
    filing.open_all(visit_ids=ids, clinic_id=clinic_id, now=now)
    return rows


def _hold(visits: Sequence[Carried], clinic_id: int) -> None:
    """Patients, then rooms, each in order, as a single booking locks them; what is looked at next is new."""
    patients = {each.booking.patient_id for each in visits}
    rooms = {pk for each in visits for pk in each.booking.resource_ids}
    held = Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=patients)
    list(held.order_by("pk").values_list("pk", flat=True))
    free = Resource.objects.select_for_update(of=("self",), no_key=True)
    if len(free.filter(pk__in=rooms, clinic=clinic_id).order_by("pk")) != len(rooms):
        raise ResourceTaken(_("This room or equipment is not at that clinic."))


def _permitted(visits: Sequence[Carried], now: datetime) -> list[str]:
    """Why each is booked against warnings. Raises BadTime and Conflicting."""
    for each in visits:
        is_ahead = each.booking.starts_at > now
        if is_ahead != (each.status == AppointmentStatus.BOOKED) or each.status not in (
            AppointmentStatus.BOOKED,
            *BEGUN,
        ):
            raise BadTime(_("Only a visit that is still to come is booked."))
    ahead = [each.booking for each in visits if each.booking.starts_at > now]
    against = iter(scheduling.against_all(bookings=ahead))
    return [
        scheduling.allowed(booking=each.booking, found=next(against)) if each.booking.starts_at > now else ""
        for each in visits
    ]


def _insert(visits: Sequence[Carried], now: datetime) -> list[Appointment]:
    rows = [
        Appointment(
            clinic_id=each.booking.clinic_id,
            provider_id=each.booking.provider_id,
            patient_id=each.booking.patient_id,
            visit_type_id=each.booking.visit_type_id,
            starts_at=each.booking.starts_at,
            ends_at=each.booking.ends_at,
            status=each.status,
            source=Appointment.Source.IMPORT,
            is_fact=each.status != AppointmentStatus.BOOKED,
            created_at=now,
        )
        for each in visits
    ]
    try:
        return Appointment.objects.bulk_create(rows)
    except IntegrityError as error:
        # Somebody was faster. The constraint's own words hold data; they go no further.
        if "appointment_provider_no_overlap" not in str(error):
            raise
        raise SlotTaken(_("The provider has another visit at that time.")) from None
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        raise SlotTaken(_("The provider is being booked for that time by somebody else.")) from None


def _give_rooms(rows: Sequence[Appointment], visits: Sequence[Carried]) -> None:
    used = Appointment.resources.through
    used.objects.bulk_create(
        used(appointment_id=row.pk, resource_id=pk)
        for row, each in zip(rows, visits, strict=True)
        for pk in each.booking.resource_ids
    )
