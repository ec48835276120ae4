"""Words for tests about reminders: a visit as it is booked, and what is planned for it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinic import booking, cancelling
from clinic.models import Appointment, Clinic
from messaging import sweeping
from messaging.models import Kind, Message
from outreach import sending, settling
from outreach.models import Reminder
from tests.factories import (
    AppointmentFactory,
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
)


def day_clinic(**fields: Any) -> Clinic:
    """A clinic in Chicago that texts from 8 to 20 o'clock."""
    hours = {"contact_hours_start": time(8), "contact_hours_end": time(20)}
    clinic: Clinic = ClinicFactory(**{**hours, **fields})
    return clinic


def booked(
    *, clinic: Clinic | None = None, hours: float = 72, at: datetime | None = None, **patient: Any
) -> Appointment:
    """Staff book a visit that many hours ahead, or `at` a moment."""
    now = timezone.now()
    place = clinic or ClinicFactory()
    starts_at = at or now + timedelta(hours=hours)
    new = booking.NewBooking(
        clinic_id=place.pk,
        provider_id=ProviderFactory(clinics=[place]).pk,
        patient_id=PatientFactory(**patient).pk,
        visit_type_id=VisitTypeFactory().pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    return booking.book(booking=new, by="frontdesk", now=now)


class ReminderFactory(DjangoModelFactory[Reminder]):
    """Due this minute, of a visit in two hours."""

    class Meta:
        model = Reminder

    minutes_before = 120
    due_at = factory.LazyFunction(timezone.now)
    created_at = factory.LazyAttribute(lambda o: o.due_at)
    changed_at = factory.LazyAttribute(lambda o: o.due_at)
    appointment = factory.SubFactory(
        AppointmentFactory, starts_at=factory.LazyFunction(lambda: timezone.now() + timedelta(hours=2))
    )


def in_state(status: str, **fields: Any) -> Reminder:
    """A reminder in this state, due this minute, of a visit in two hours."""
    row: dict[str, Any] = {"status": status}
    if status in ("cancelled", "skipped", "failed"):
        row["reason"] = "not_booked"
    if status == "sent":
        row |= {"handed_at": timezone.now(), "sent_at": timezone.now()}
    reminder: Reminder = ReminderFactory(**{**row, **fields})
    return reminder


def handed_over(**fields: Any) -> tuple[Reminder, Message]:
    """A reminder whose text is in the outbox."""
    reminder = in_state("scheduled", **fields)
    assert sending.remind(reminder_id=reminder.pk, now=timezone.now()) == sending.HANDED_OVER
    reminder.refresh_from_db()
    return reminder, texts()[-1]


def cancel(reminder: Reminder) -> None:
    """The visit is cancelled."""
    cancelling.cancel(appointment_id=reminder.appointment_id, by="desk", now=timezone.now())


def begin(reminder: Reminder) -> None:
    """The visit has begun."""
    visit = reminder.appointment
    visit.starts_at = timezone.now() - timedelta(minutes=6)
    visit.save()


def states(visit: Appointment) -> list[str]:
    """What became of each of the visit's reminders, the earliest first."""
    rows = Reminder.objects.filter(appointment=visit).order_by("-minutes_before")
    return [f"{row.status}: {row.reason}" if row.reason else str(row.status) for row in rows]


def sweep() -> None:
    """What beat does: hand over, send, and hear what became of it."""
    sending.sweep(clock=timezone.now)
    sweeping.sweep_outbox(clock=timezone.now)
    settling.sweep(now=timezone.now())


def texts() -> list[Message]:
    """Every reminder's text, the first one first."""
    return list(Message.objects.filter(kind=Kind.REMINDER).order_by("pk"))
