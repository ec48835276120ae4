"""What the EHR has to learn is a row in the transaction of the booking: neither is without the other."""

from __future__ import annotations

import secrets
from datetime import datetime

from clinic import following
from clinic.models import Appointment
from core import rows, wakeups
from integrations import tasks
from integrations.models import Source, SourceKind, WriteBack
from integrations.writing_back.orders import What

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def booked(*, appointment_id: int, now: datetime) -> WriteBack | None:
    """A visit was booked: the EHR has to book it too, or to move the one that it came from.

    None where no EHR keeps this clinic's calendar, or the booking came from there.
    """
    source = source_of(appointment_id)
    if source is None:
        return None
    visit = Appointment.objects.get(pk=appointment_id)
    if visit.is_fact or visit.source == Appointment.Source.FEED:
        return None
    return _owe(visit, source, What.MOVE if visit.moved_from_id else What.BOOK, now)


def cancelled(*, appointment_id: int, now: datetime) -> WriteBack | None:
    """A visit is off: the EHR has to cancel it, unless it was the EHR that said so."""
    source = source_of(appointment_id)
    if source is None:
        return None
    visit = Appointment.objects.get(pk=appointment_id)
    return None if visit.cancel_reason == following.REASON else _owe(visit, source, What.CANCEL, now)


def source_of(appointment_id: int) -> Source | None:
    """The source that takes bookings of the visit's clinic; the first with an outlet."""
    # Asked with every booking: see core.rows.
    return next(iter(rows.read(Source, _TAKES_BOOKINGS, [appointment_id, SourceKind.CSV])), None)


def _owe(visit: Appointment, source: Source, what: What, now: datetime) -> WriteBack:
    row = WriteBack(
        appointment=visit,
        source=source,
        what=what,
        placer=_placer(visit),
        control_id=_number(),
        next_attempt_at=now,
        created_at=now,
        changed_at=now,
    )
    row.save(force_insert=True)
    # One pass at a time in each process: an EHR that is slow to answer holds up one worker, not all.
    wakeups.wake(tasks.sweep_write_backs, priority=1)
    return row


def _placer(visit: Appointment) -> str:
    """Our number of the visit: it has had one since it was booked, whatever has become of it."""
    chain = [visit.pk] if visit.moved_from_id is None else [visit.pk, visit.moved_from_id]
    known = WriteBack.objects.filter(appointment__in=chain).order_by("pk").values_list("placer", flat=True)
    return known.first() or _number()


def _number() -> str:
    """Eighty bits of chance, in signs that every system takes and nobody misreads."""
    return "W" + "".join(secrets.choice(_SIGNS) for _ in range(16))


_TAKES_BOOKINGS = """
    row.active AND row.id IN (SELECT place.source_id FROM integrations_source_clinics place
        JOIN clinic_appointment visit ON visit.clinic_id = place.clinic_id WHERE visit.id = %s)
    AND row.kind <> %s
    ORDER BY (SELECT outlet.id FROM integrations_outlet outlet WHERE outlet.source_id = row.id) NULLS LAST,
        row.id LIMIT 1
"""
