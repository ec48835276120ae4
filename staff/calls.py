"""Whom staff should call because a text cannot leave or was lost; the queries do not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from clinic.models import Appointment, Patient
from clinic.states import AppointmentStatus
from core import scoping
from core.scoping import User
from core.translating import translated
from messaging import alarms, errors, stopping
from messaging.attending import LOST_FOR
from messaging.models import Alarm, AlarmKind, Attention, Direction, Message
from offers.models import Cancellation
from outreach.models import Reminder
from outreach.states import Reason, ReminderStatus
from staff import lobby

MOST_CALLS = 200
# Whose visit is further away is called later.
REMIND_BY_HAND = timedelta(days=3)
_NO_REMINDER = (ReminderStatus.SKIPPED, ReminderStatus.FAILED)
_UNREACHED = (
    Reason.NO_CONTACT,
    Reason.NO_CONSENT,
    Reason.WRONG_NUMBER,
    Reason.UNUSABLE_NUMBER,
    Reason.BARRED_WORDS,
    Reason.NOT_DELIVERED,
    Reason.NOT_SENT,
    Reason.OUTSIDE_HOURS,
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One text that waits; `starts_at` is the clinic's own time."""

    message: Message
    patient: Patient | None
    name: str
    way: lobby.Way
    slot: Cancellation | None
    starts_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Unreminded:
    """A visit whose patient no reminder reaches, and why; `starts_at` is the clinic's own time."""

    visit: Appointment
    name: str
    way: lobby.Way | None
    starts_at: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An alarm, and what its code means."""

    alarm: Alarm
    meaning: str


def troubles() -> list[Trouble]:
    """The alarms that sound and keep texts from leaving."""
    sounding = alarms.sounding().filter(kind=AlarmKind.SENDER_STOPPED)
    return [Trouble(alarm=alarm, meaning=translated(errors.of(alarm.code).meaning)) for alarm in sounding]


def calls(*, user: User, is_lobby: bool = False) -> list[Call]:
    """The most urgent texts that wait behind a stopped sender, with their patients and slots."""
    return _with_patients(list(scoping.limit(stopping.call_list(), user)[:MOST_CALLS]), is_lobby)


def lost(now: datetime, *, user: User, is_lobby: bool = False) -> list[Call]:
    """The texts of these days that may not have arrived and that nobody has looked at, the newest first."""
    return _with_patients(list(lost_texts(now, user=user).order_by("-pk")[:MOST_CALLS]), is_lobby)


def unreminded(now: datetime, *, user: User, is_lobby: bool = False) -> list[Unreminded]:
    """The visits of the next days of which nobody could be reminded by text, the first one first."""
    unreached = Reminder.objects.filter(status__in=_NO_REMINDER, reason__in=_UNREACHED)
    others = Reminder.objects.exclude(status__in=_NO_REMINDER)
    visits = Appointment.objects.filter(
        Exists(unreached.filter(appointment=OuterRef("pk"))),
        ~Exists(others.filter(appointment=OuterRef("pk"))),
        status=AppointmentStatus.BOOKED,
        # Whoever was called and said so needs no other call.
        confirmed_at=None,
        starts_at__gt=now,
        starts_at__lt=now + REMIND_BY_HAND,
    )
    rows = (
        scoping.limit(visits, user)
        .select_related("clinic", "patient", "provider")
        .prefetch_related(Prefetch("reminders", unreached.order_by("minutes_before", "pk")))
    )
    return [_not_reminded(visit, is_lobby) for visit in rows.order_by("starts_at", "pk")[:MOST_CALLS]]


def _not_reminded(visit: Appointment, is_lobby: bool) -> Unreminded:
    patient = visit.patient
    return Unreminded(
        visit=visit,
        name=lobby.named(is_lobby=is_lobby)(patient.first_name, patient.last_name),
        way=lobby.way(patient.phone, is_lobby=is_lobby) if patient.phone else None,
        starts_at=visit.starts_at.astimezone(visit.clinic.zone),
        why=visit.reminders.all()[0].get_reason_display(),
    )


def lost_texts(now: datetime, *, user: User) -> QuerySet[Message]:
    """The texts of these days that may not have arrived and that nobody has looked at."""
    shown = Message.objects.filter(direction=Direction.OUTBOUND, attention_done_at=None)
    return scoping.limit(shown.exclude(attention=Attention.NONE).filter(created_at__gt=now - LOST_FOR), user)


def _with_patients(waiting: list[Message], is_lobby: bool) -> list[Call]:
    patients = Patient.objects.in_bulk({pk for row in waiting if (pk := row.related.get("patient"))})
    ids = {pk for row in waiting if (pk := row.related.get("cancellation"))}
    slots = Cancellation.objects.select_related("clinic", "provider").in_bulk(ids)
    return [_call(row, patients, slots, is_lobby) for row in waiting]


def _call(row: Message, patients: dict[int, Patient], slots: dict[int, Cancellation], is_lobby: bool) -> Call:
    slot = slots.get(row.related.get("cancellation", 0))
    patient = patients.get(row.related.get("patient", 0))
    named = lobby.named(is_lobby=is_lobby)
    return Call(
        message=row,
        patient=patient,
        name=named(patient.first_name, patient.last_name) if patient else "",
        way=lobby.way(row.to, is_lobby=is_lobby),
        slot=slot,
        starts_at=slot.starts_at.astimezone(slot.clinic.zone) if slot else None,
    )
