"""Whom staff should call while texts cannot leave, read with a number of queries that does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clinic.models import Patient
from messaging import alarms, errors, stopping
from messaging.models import Alarm, Message
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
    waiting = list(stopping.call_list()[:MOST_CALLS])
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
