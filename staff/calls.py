"""Whom staff should call because a text cannot leave or was lost; the queries do not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clinic.models import Patient
from messaging import alarms, errors, stopping
from messaging.attending import LOST_FOR
from messaging.models import Alarm, Attention, Direction, Message
from offers.models import Cancellation

MOST_CALLS = 200


@dataclass(frozen=True, kw_only=True)
class Call:
    """One text that waits; `starts_at` is the clinic's own time."""

    message: Message
    patient: Patient | None
    slot: Cancellation | None
    starts_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An alarm, and what its code means."""

    alarm: Alarm
    meaning: str


def troubles() -> list[Trouble]:
    """The alarms that sound."""
    return [Trouble(alarm=alarm, meaning=errors.of(alarm.code).meaning) for alarm in alarms.sounding()]


def calls() -> list[Call]:
    """The most urgent texts that wait behind a stopped sender, with their patients and slots."""
    return _with_patients(list(stopping.call_list()[:MOST_CALLS]))


def lost(now: datetime) -> list[Call]:
    """The texts of these days that may not have arrived and that nobody has looked at, the newest first."""
    return _with_patients(list(_lost(now).order_by("-pk")[:MOST_CALLS]))


def count_of_lost(now: datetime) -> int:
    """How many texts `lost` is about."""
    return _lost(now).count()


def _lost(now: datetime) -> QuerySet[Message]:
    shown = Message.objects.filter(direction=Direction.OUTBOUND, attention_done_at=None)
    return shown.exclude(attention=Attention.NONE).filter(created_at__gt=now - LOST_FOR)


def _with_patients(waiting: list[Message]) -> list[Call]:
    patients = Patient.objects.in_bulk({pk for row in waiting if (pk := row.related.get("patient"))})
    ids = {pk for row in waiting if (pk := row.related.get("cancellation"))}
    slots = Cancellation.objects.select_related("clinic", "provider").in_bulk(ids)
    return [_call(row, patients, slots) for row in waiting]


def _call(row: Message, patients: dict[int, Patient], slots: dict[int, Cancellation]) -> Call:
    slot = slots.get(row.related.get("cancellation", 0))
    return Call(
        message=row,
        patient=patients.get(row.related.get("patient", 0)),
        slot=slot,
        starts_at=slot.starts_at.astimezone(slot.clinic.zone) if slot else None,
    )
