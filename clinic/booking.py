"""Putting a visit into the calendar, and moving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from clinic.models import LONGEST_VISIT, Appointment, Patient
from clinic.signals import appointment_booked, appointment_moved
from clinic.states import ARROWS, AppointmentStatus
from core import audit, prepared, rows, transitions


class BookingError(Exception):
    """A visit that cannot be booked; the text says why, in words for staff."""


class SlotTaken(BookingError):
    """The provider has another visit then."""


class PatientBusy(BookingError):
    """The patient has another visit then."""


class BadTime(BookingError):
    """The visit has begun already, ends before it starts, or is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A visit to be booked. Times are aware; `fills_slot` is the cancellation it fills, if any."""

    clinic_id: int
    provider_id: int
    patient_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    source: str = Appointment.Source.STAFF
    is_fact: bool = False
    fills_slot: int | None = None


@transaction.atomic
def book(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """Book the visit.

    Raises BadTime, PatientBusy or SlotTaken and then leaves nothing behind. A fact from the EHR is
    stored whatever it collides with, unless it is too long.
    """
    return place(booking=booking, by=by, now=now)


def place(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """`book`, for a caller whose own transaction, or savepoint, is undone where this raises."""
    if booking.ends_at - booking.starts_at > LONGEST_VISIT:
        raise BadTime("The visit is longer than 12 hours.")
    if not booking.is_fact:
        _check_time(booking, now)
        _check_calendar(booking)
    appointment = _insert(booking, now)
    audit.record(actor=by, verb="appointment.booked", obj=appointment, at=now, source=booking.source)
    appointment_booked.send(
        sender=Appointment, appointment_id=appointment.pk, fills_slot=appointment.fills_slot
    )
    return appointment


@transaction.atomic
def reschedule(*, appointment_id: int, starts_at: datetime, by: str, now: datetime) -> Appointment:
    """Move a booked visit to `starts_at`, same length. The old row stays as `rescheduled`.

    Returns the new row. Raises StaleState where the visit is no longer booked, and as `book` does.
    """
    old = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if old.status != AppointmentStatus.BOOKED:
        raise transitions.StaleState(f"This visit is {old.get_status_display().lower()} and cannot be moved.")
    transitions.move(old, to=AppointmentStatus.RESCHEDULED, arrows=ARROWS)
    moved = NewBooking(
        clinic_id=old.clinic_id,
        provider_id=old.provider_id,
        patient_id=old.patient_id,
        visit_type_id=old.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + (old.ends_at - old.starts_at),
        source=old.source,
    )
    appointment = book(booking=moved, by=by, now=now)
    audit.record(actor=by, verb="appointment.rescheduled", obj=old, at=now, moved_to=appointment.pk)
    appointment_moved.send(sender=Appointment, appointment_id=old.pk, moved_to=appointment.pk)
    return appointment


def _check_time(booking: NewBooking, now: datetime) -> None:
    if booking.ends_at <= booking.starts_at:
        raise BadTime("The visit ends before it starts.")
    if booking.starts_at <= now:
        raise BadTime("The visit would start in the past.")


def _check_calendar(booking: NewBooking) -> None:
    then: dict[str, Any] = {
        "patient": booking.patient_id,
        "provider": booking.provider_id,
        "since": booking.starts_at - LONGEST_VISIT,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
    }
    with prepared.cursor() as cursor:
        cursor.execute(_LOCK, then)
        if cursor.fetchone() is None:
            raise Patient.DoesNotExist
        cursor.execute(_LOOK, then)
        of_provider, of_patient = cursor.fetchone()
    if of_provider:
        raise SlotTaken("The provider has another visit at that time.")
    if of_patient:
        raise PatientBusy("The patient has another visit at that time.")


# The lock on the patient's row makes two bookings of one patient take turns. Two statements: the second
# has to see what was committed while the first one waited. Overlaps as AppointmentQuerySet finds them, by the
# index of the patient and by that of the provider.
_LOCK = "SELECT id FROM clinic_patient WHERE id = %(patient)s FOR NO KEY UPDATE"
_VISIT = """
    SELECT FROM clinic_appointment visit WHERE visit.status IN ('booked', 'arrived')
        AND visit.starts_at > %(since)s AND visit.starts_at < %(ends_at)s AND visit.ends_at > %(starts_at)s
"""
_LOOK = f"""
    SELECT EXISTS ({_VISIT} AND visit.provider_id = %(provider)s),
        EXISTS ({_VISIT} AND visit.patient_id = %(patient)s)
"""


def _insert(booking: NewBooking, now: datetime) -> Appointment:
    visit = Appointment(
        clinic_id=booking.clinic_id,
        provider_id=booking.provider_id,
        patient_id=booking.patient_id,
        visit_type_id=booking.visit_type_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        source=booking.source,
        is_fact=booking.is_fact,
        fills_slot=booking.fills_slot,
        created_at=now,
    )
    try:
        rows.insert(visit)
    except IntegrityError as error:
        # Somebody was faster. The constraint's own words hold data; they go no further.
        if "appointment_provider_no_overlap" in str(error) or "appointment_one_active" in str(error):
            raise SlotTaken("The provider has another visit at that time.") from None
        raise
    return visit
