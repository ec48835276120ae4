"""Putting a visit into the calendar, and moving it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from clinic import conflicts, filing
from clinic.models import LONGEST_VISIT, Appointment, Clinic, Closure, Patient, Resource
from clinic.signals import appointment_booked, appointment_moved
from clinic.states import ARROWS, AppointmentStatus
from core import audit, prepared, rows, transitions


class BookingError(Exception):
    """A visit that cannot be booked; the text says why, in words for staff."""


class TimeGone(BookingError):
    """Nobody can have the time; `why` in a few words, for the audit."""

    why = ""


class SlotTaken(TimeGone):
    """The provider has another visit then."""

    why = "the provider is booked then"


class ProviderBlocked(TimeGone):
    """The provider is not to be had then, says another system."""

    why = "the provider's time is blocked then"


class ResourceTaken(TimeGone):
    """A room, seat or piece of equipment has another visit then, or is not of that clinic."""

    why = "its room or equipment is taken then"


class ClinicClosed(TimeGone):
    """Nobody is seen at the clinic on that day."""

    why = "the clinic is closed then"


class PatientBusy(BookingError):
    """The patient has another visit then."""


class BadTime(BookingError):
    """The visit has begun already, ends before it starts, or is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A visit to be booked. Times are aware; `fills_slot` is the cancellation it fills, if any.

    `override` is why staff book it against a warning; `tells_patient`: whether a confirmation is owed.
    """

    clinic_id: int
    provider_id: int
    patient_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    source: str = Appointment.Source.STAFF
    is_fact: bool = False
    fills_slot: int | None = None
    moved_from: int | None = None
    resource_ids: tuple[int, ...] = ()
    override: str = ""
    tells_patient: bool = True


@transaction.atomic
def book(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """Book the visit.

    Raises BadTime, PatientBusy or TimeGone and then leaves nothing behind. A fact from the EHR is stored
    whatever it collides with, unless it is too long.
    """
    return place(booking=booking, by=by, now=now)


def place(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """`book`, for a caller whose own transaction, or savepoint, is undone where this raises."""
    visit = enter(booking=booking, by=by, now=now)
    filing.keep(visit=visit, now=now)
    return visit


def enter(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """`place`, for a caller that has more to do and calls filing.keep after it, last of all."""
    if booking.ends_at - booking.starts_at > LONGEST_VISIT:
        raise BadTime(_("The visit is longer than 12 hours."))
    if not booking.is_fact:
        check_time(booking, now)
    _lock_patient(booking.patient_id)
    if not booking.is_fact:
        _check_calendar(booking)
        _check_resources(booking)
    appointment = _insert(booking, now)
    if booking.resource_ids:
        appointment.resources.set(booking.resource_ids)
    said = {"source": booking.source, "reason": booking.override}
    audit.record(actor=by, verb="appointment.booked", obj=appointment, at=now, **said)
    appointment_booked.send(
        sender=Appointment,
        appointment_id=appointment.pk,
        fills_slot=appointment.fills_slot,
        tells_patient=booking.tells_patient,
    )
    return appointment


@transaction.atomic
def reschedule(
    *,
    appointment_id: int,
    starts_at: datetime,
    by: str,
    now: datetime,
    override: str = "",
    offer_slot: bool = True,
) -> Appointment:
    """Move a booked visit to `starts_at`, same length. The old row stays as `rescheduled`.

    Unless `offer_slot` is false the old time goes to the waitlist. Returns the new row. Raises StaleState
    where the visit is no longer booked, and as `book` does.
    """
    old = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
    if old.status != AppointmentStatus.BOOKED:
        told = {"state": old.get_status_display().lower()}
        raise transitions.StaleState(_("This visit is %(state)s and cannot be moved.") % told)
    freed = offer_slot and old.starts_at > now
    transitions.move(old, to=AppointmentStatus.RESCHEDULED, arrows=ARROWS, offer_slot=freed)
    moved = as_moved(old, starts_at=starts_at, override=override)
    appointment = book(booking=moved, by=by, now=now)
    audit.record(actor=by, verb="appointment.rescheduled", obj=old, at=now, moved_to=appointment.pk)
    appointment_moved.send(sender=Appointment, appointment_id=old.pk, moved_to=appointment.pk)
    return appointment


def as_moved(old: Appointment, *, starts_at: datetime, override: str = "") -> NewBooking:
    """What is booked where `old` is moved to `starts_at`: the same in all but its time."""
    return replace(
        as_before(old),
        starts_at=starts_at,
        ends_at=starts_at + (old.ends_at - old.starts_at),
        is_fact=False,
        moved_from=old.pk,
        override=override,
    )


def as_before(old: Appointment) -> NewBooking:
    """The same visit again, with its rooms and equipment."""
    return NewBooking(
        clinic_id=old.clinic_id,
        provider_id=old.provider_id,
        patient_id=old.patient_id,
        visit_type_id=old.visit_type_id,
        starts_at=old.starts_at,
        ends_at=old.ends_at,
        source=old.source,
        is_fact=old.is_fact,
        resource_ids=tuple(old.resources.order_by("pk").values_list("pk", flat=True)),
    )


def check_time(booking: NewBooking, now: datetime) -> None:
    """Raise BadTime for a visit that ends before it starts, or would start in the past."""
    if booking.ends_at <= booking.starts_at:
        raise BadTime(_("The visit ends before it starts."))
    if booking.starts_at <= now:
        raise BadTime(_("The visit would start in the past."))


def _lock_patient(patient_id: int) -> None:
    """Two bookings of one patient take turns from here to the commit. Raises Patient.DoesNotExist."""
    with prepared.cursor() as cursor:
        cursor.execute(_LOCK, [patient_id])
        if cursor.fetchone() is None:
            raise Patient.DoesNotExist


def _check_calendar(booking: NewBooking) -> None:
    then: dict[str, Any] = {
        "patient": booking.patient_id,
        "provider": booking.provider_id,
        "since": booking.starts_at - LONGEST_VISIT,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "clinic": booking.clinic_id,
        **near_days(booking.starts_at, booking.ends_at),
    }
    with prepared.cursor() as cursor:
        cursor.execute(_LOOK, then)
        of_provider, of_patient, may_be_closed = cursor.fetchone()
    if may_be_closed and is_closed(booking.clinic_id, booking.starts_at, booking.ends_at):
        raise ClinicClosed(_("The clinic is closed on that day."))
    if of_provider:
        raise SlotTaken(_("The provider has another visit at that time."))
    if of_patient:
        raise PatientBusy(_("The patient has another visit at that time."))


def near_days(starts_at: datetime, ends_at: datetime) -> dict[str, date]:
    """The days, `first_on` to `last_on`, that some clock of the world may show in that time."""
    day = timedelta(days=1)
    return {
        "first_on": starts_at.astimezone(UTC).date() - day,
        "last_on": ends_at.astimezone(UTC).date() + day,
    }


def is_closed(clinic_id: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether any of the time is on a day, by the clinic's own calendar, on which nobody is seen there."""
    zone = Clinic.objects.get(pk=clinic_id).zone
    closed = Closure.objects.filter(clinic=clinic_id).values_list("first_on", "last_on")
    return conflicts.is_closed(starts_at=starts_at, ends_at=ends_at, zone=zone, closed=closed)


def _check_resources(booking: NewBooking) -> None:
    """Their rows are locked, in order: two visits that want one room take turns."""
    if not booking.resource_ids:
        return
    wanted = Resource.objects.select_for_update(of=("self",), no_key=True)
    found = wanted.filter(pk__in=booking.resource_ids, clinic=booking.clinic_id).order_by("pk")
    if len(found) != len(set(booking.resource_ids)):
        raise ResourceTaken(_("This room or equipment is not at that clinic."))
    then = Appointment.objects.active().overlapping(booking.starts_at, booking.ends_at)
    if then.filter(resources__in=booking.resource_ids).exists():
        raise ResourceTaken(_("The room or equipment has another visit at that time."))


# Lock and look are two statements: the second has to see what was committed while the first one waited.
# Overlaps as AppointmentQuerySet finds them, by the index of the patient and by that of the provider.
_LOCK = "SELECT id FROM clinic_patient WHERE id = %s FOR NO KEY UPDATE"
_VISIT = """
    SELECT FROM clinic_appointment visit WHERE visit.status IN ('booked', 'arrived')
        AND visit.starts_at > %(since)s AND visit.starts_at < %(ends_at)s AND visit.ends_at > %(starts_at)s
"""
# Most clinics are closed on few days: which of them it is is asked only where one is near.
NEAR_A_CLOSURE = """EXISTS (SELECT FROM clinic_closure closed WHERE closed.clinic_id = %(clinic)s
        AND closed.first_on <= %(last_on)s AND closed.last_on >= %(first_on)s)"""
_LOOK = f"""
    SELECT EXISTS ({_VISIT} AND visit.provider_id = %(provider)s),
        EXISTS ({_VISIT} AND visit.patient_id = %(patient)s), {NEAR_A_CLOSURE}
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
        moved_from_id=booking.moved_from,
        created_at=now,
    )
    try:
        rows.insert(visit)
    except IntegrityError as error:
        # Somebody was faster. The constraint's own words hold data; they go no further.
        if "appointment_provider_no_overlap" in str(error) or "appointment_one_active" in str(error):
            raise SlotTaken(_("The provider has another visit at that time.")) from None
        raise
    except OperationalError as error:
        # Two inserts that met in the constraint wait for each other, and PostgreSQL ends one of them.
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        raise SlotTaken(_("The provider is being booked for that time by somebody else.")) from None
    return visit
