"""A visit's reminders are planned when it is booked, and cancelled when it is: in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction

from clinic.models import Appointment, Clinic, Patient
from clinic.states import AppointmentStatus
from core import audit, prepared, transitions
from offers import timing as zones
from outreach import timing
from outreach.models import Reminder
from outreach.states import REMINDER_ARROWS, Reason, ReminderStatus

AT_ONCE = 500
# Of a reminder: id, due time, state, why.
_Change = tuple[int, datetime, str, str]


def plan(*, appointment_ids: Sequence[int], now: datetime | None = None) -> int:
    """Plan the reminders of visits that are booked and ahead; returns how many are going to be sent.

    `now` (UTC) is the moment of booking where it is not given. One statement for all of them, and another
    where one would go at night; what is planned already stays. The caller is in a transaction.
    """
    with prepared.cursor() as cursor:
        cursor.execute(_PLAN, {"visits": list(appointment_ids), "now": now})
        names = [column.name for column in cursor.description]
        stored = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        changed = [change for visit in _by_visit(stored) for change in _kept_from_the_night(visit)]
        if changed:
            _write(cursor, changed, None)
    unfit = sum(1 for _, _, status, _ in changed if status == ReminderStatus.SKIPPED)
    return sum(1 for row in stored if row["status"] == ReminderStatus.SCHEDULED) - unfit


def plan_missing(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Plan for every visit ahead that has no reminders: booked before there were any, or before the clinic
    had some; how many are going to be sent. `at_once` visits are one transaction.
    """
    planned, last = 0, 0
    while True:
        ids = list(_without(after=last, now=now)[:at_once])
        if not ids:
            return planned
        with transaction.atomic():
            planned += plan(appointment_ids=ids, now=now)
        last = ids[-1]


@transaction.atomic
def drop(*, appointment_id: int, reason: Reason, now: datetime) -> int:
    """Cancel the reminders of a visit that have not gone out, for `reason`; returns how many.

    A text that is in the outbox already is stopped by its gate.
    """
    rows = Reminder.objects.filter(appointment_id=appointment_id, status=ReminderStatus.SCHEDULED)
    dropped = rows.update(status=ReminderStatus.CANCELLED, reason=reason, changed_at=now)
    if dropped:
        visit = Appointment(pk=appointment_id)
        verb = "reminders.cancelled"
        audit.record(actor=audit.SYSTEM, verb=verb, obj=visit, at=now, reason=str(reason), number=dropped)
    return dropped


@transaction.atomic
def plan_again(*, patient_id: int, now: datetime) -> int:
    """Plan what was given up since nothing reached the patient, where its moment is still ahead; how many."""
    rows = Reminder.objects.select_for_update(of=("self",), no_key=True).filter(
        appointment__patient_id=patient_id,
        appointment__status=AppointmentStatus.BOOKED,
        appointment__starts_at__gt=now,
        status=ReminderStatus.SKIPPED,
        reason=Reason.NO_CONTACT,
    )
    found = list(rows.select_related("appointment__clinic", "appointment__patient").order_by("pk"))
    visits = {row.appointment_id: row.appointment for row in found}
    return sum(
        _again(visit, [row for row in found if row.appointment_id == visit.pk], now)
        for visit in visits.values()
    )


def _again(visit: Appointment, given_up: Sequence[Reminder], now: datetime) -> int:
    rows = {row.minutes_before: row for row in given_up}
    window = _window(visit.clinic, visit.patient.contact_zones)
    planned = timing.plan(starts_at=visit.starts_at, minutes_before=list(rows), now=now, window=window)
    fit = [due for due in planned if due.unfit is None]
    for due in fit:
        to: dict[str, Any] = {"reason": Reason.NONE, "due_at": due.due_at, "changed_at": now}
        row = rows[due.minutes_before]
        transitions.move(row, to=ReminderStatus.SCHEDULED, arrows=REMINDER_ARROWS, **to)
    return len(fit)


@transaction.atomic
def replan(*, now: datetime, patient_id: int | None = None, clinic_id: int | None = None) -> int:
    """Move the reminders ahead of a patient, or of a clinic, into the hours that hold by now; how many.

    What is late by the new hours stays as it is, and its gate waits for them.
    """
    whose = "visit.patient_id" if clinic_id is None else "visit.clinic_id"
    with prepared.cursor() as cursor:
        cursor.execute(_AHEAD.format(whose=whose), {"whose": clinic_id or patient_id, "now": now})
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        changed = [change for visit in _by_visit(found) for change in _by_other_hours(visit, now)]
        if changed:
            _write(cursor, changed, now)
    if changed:
        about = Clinic(pk=clinic_id) if patient_id is None else Patient(pk=patient_id)
        audit.record(actor=audit.SYSTEM, verb="reminders.replanned", obj=about, at=now, number=len(changed))
    return len(changed)


def _by_other_hours(visit: Sequence[Mapping[str, Any]], now: datetime) -> list[_Change]:
    rows = {row["minutes_before"]: row for row in visit}
    first = visit[0]
    window = _window(_clinic_of(first), first["contact_zones"])
    planned = timing.plan(starts_at=first["starts_at"], minutes_before=list(rows), now=now, window=window)
    in_time = (due for due in planned if due.unfit != timing.Unfit.BOOKED_TOO_LATE)
    return _changes(rows, in_time)


def _changes(rows: Mapping[int, Mapping[str, Any]], planned: Iterable[timing.Due]) -> list[_Change]:
    scheduled, skipped = ReminderStatus.SCHEDULED.value, ReminderStatus.SKIPPED.value
    changes = (
        (rows[due.minutes_before], due.due_at, skipped if due.unfit else scheduled, due.unfit or "")
        for due in planned
    )
    return [
        (row["id"], due_at, status, str(reason))
        for row, due_at, status, reason in changes
        if (due_at, status) != (row["due_at"], row["status"])
    ]


def _write(cursor: Any, changed: Sequence[_Change], now: datetime | None) -> None:
    cursor.execute(_CHANGE, [now, *(list(column) for column in zip(*changed, strict=True))])


def _without(*, after: int, now: datetime) -> Any:
    visits = Appointment.objects.filter(
        status=AppointmentStatus.BOOKED, starts_at__gt=now, pk__gt=after, reminders=None
    )
    return visits.order_by("pk").values_list("pk", flat=True)


def _by_visit(stored: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    rows = sorted(stored, key=lambda row: (row["appointment_id"], row["minutes_before"]))
    return [list(visit) for _, visit in groupby(rows, key=lambda row: row["appointment_id"])]


def _kept_from_the_night(visit: Sequence[Mapping[str, Any]]) -> list[_Change]:
    """What is to change of a visit's reminders that were stored as wished for."""
    rows = {row["minutes_before"]: row for row in visit if row["status"] == ReminderStatus.SCHEDULED}
    window = _window(_clinic_of(visit[0]), visit[0]["contact_zones"])
    if all(window.holds(row["due_at"]) for row in rows.values()):
        return []
    first = visit[0]
    planned = timing.plan(
        starts_at=first["due_at"] + timedelta(minutes=first["minutes_before"]),
        minutes_before=list(rows),
        now=first["created_at"],
        window=window,
    )
    return _changes(rows, planned)


def _clinic_of(row: Mapping[str, Any]) -> Clinic:
    return Clinic(
        timezone=row["timezone"],
        contact_hours_start=row["contact_hours_start"],
        contact_hours_end=row["contact_hours_end"],
    )


def _window(clinic: Clinic, contact_zones: str) -> timing.Window:
    start, end = clinic.contact_hours
    known = zones.zones_of(contact_zones=contact_zones, clinic=clinic)
    return timing.Window(zones=known, start=start, end=end)


# The moments as they are wished for, with what the pure rule needs to move those that fall into the night.
_PLAN = """
    WITH stored AS (
        INSERT INTO outreach_reminder
            (appointment_id, minutes_before, due_at, status, reason, created_at, changed_at)
        SELECT wish.id, wish.minutes, wish.due_at,
            CASE wish.reason WHEN '' THEN 'scheduled' ELSE 'skipped' END, wish.reason, wish.now, wish.now
        FROM (
            SELECT visit.id, minutes, moment.now, visit.starts_at - minutes * interval '1 minute' AS due_at,
                CASE WHEN person.phone = '' AND person.email = '' THEN 'no_contact'
                    WHEN visit.starts_at - minutes * interval '1 minute' <= moment.now THEN 'booked_too_late'
                    ELSE '' END AS reason
            FROM clinic_appointment visit
            JOIN clinic_clinic place ON place.id = visit.clinic_id
            JOIN clinic_patient person ON person.id = visit.patient_id
            CROSS JOIN LATERAL (SELECT coalesce(%(now)s, visit.created_at) AS now) moment
            CROSS JOIN LATERAL unnest(place.reminder_minutes) minutes
            WHERE visit.id = ANY(%(visits)s) AND visit.status = 'booked' AND visit.starts_at > moment.now
        ) wish
        ON CONFLICT (appointment_id, minutes_before) DO NOTHING
        RETURNING id, appointment_id, minutes_before, due_at, status, created_at
    )
    SELECT stored.*, person.contact_zones, place.timezone, place.contact_hours_start, place.contact_hours_end
    FROM stored
    JOIN clinic_appointment visit ON visit.id = stored.appointment_id
    JOIN clinic_clinic place ON place.id = visit.clinic_id
    JOIN clinic_patient person ON person.id = visit.patient_id
"""
_CHANGE = """
    UPDATE outreach_reminder r SET due_at = c.due_at, status = c.status, reason = c.reason,
        changed_at = coalesce(%s::timestamptz, r.changed_at)
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[]) AS c (id, due_at, status, reason)
    WHERE r.id = c.id
"""
# Those whose moment is ahead, and those that had none by the hours that held before.
_AHEAD = """
    SELECT r.id, r.appointment_id, r.minutes_before, r.due_at, r.status, visit.starts_at,
        person.contact_zones, place.timezone, place.contact_hours_start, place.contact_hours_end
    FROM outreach_reminder r
    JOIN clinic_appointment visit ON visit.id = r.appointment_id
    JOIN clinic_clinic place ON place.id = visit.clinic_id
    JOIN clinic_patient person ON person.id = visit.patient_id
    WHERE {whose} = %(whose)s AND visit.status = 'booked' AND visit.starts_at > %(now)s
        AND r.handed_at IS NULL AND (r.status = 'scheduled' AND r.due_at > %(now)s
            OR r.status = 'skipped' AND r.reason IN ('outside_hours', 'one_is_enough'))
    ORDER BY r.id FOR NO KEY UPDATE OF r
"""
