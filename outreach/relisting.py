"""A clinic has another list of reminders: the visits that are booked already follow it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from clinic.models import Clinic
from core import audit
from outreach import planning


@transaction.atomic
def follow(*, clinic_id: int, now: datetime) -> int:
    """Take away the reminders ahead that the clinic's list no longer has, and plan those that are new in it;
    how many of both. What went out, or is in the outbox, stays; nothing is planned for a moment that is over.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNLISTED, {"clinic": clinic_id, "now": now})
        gone: int = cursor.rowcount
        cursor.execute(_WITHOUT, {"clinic": clinic_id, "now": now})
        visits = [row[0] for row in cursor.fetchall()]
    new = sum(planning.plan(appointment_ids=ids, now=now) for ids in _parts(visits))
    # An old one and a new one that the night moves to one evening are one too many.
    planning.replan(clinic_id=clinic_id, now=now)
    place = Clinic(pk=clinic_id)
    audit.record(actor=audit.SYSTEM, verb="reminders.relisted", obj=place, at=now, gone=gone, new=new)
    return gone + new


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + planning.AT_ONCE] for start in range(0, len(ids), planning.AT_ONCE)]


# No text of theirs was ever owed, so there is nothing to keep.
_UNLISTED = """
    DELETE FROM outreach_reminder WHERE id IN (
        SELECT r.id FROM outreach_reminder r
        JOIN clinic_appointment visit ON visit.id = r.appointment_id
        JOIN clinic_clinic place ON place.id = visit.clinic_id
        WHERE place.id = %(clinic)s AND visit.status = 'booked' AND visit.starts_at > %(now)s
            AND r.handed_at IS NULL AND r.status IN ('scheduled', 'skipped')
            AND r.minutes_before <> ALL(place.reminder_minutes)
        ORDER BY r.id FOR UPDATE OF r)
"""
_WITHOUT = """
    SELECT DISTINCT visit.id FROM clinic_appointment visit
    JOIN clinic_clinic place ON place.id = visit.clinic_id
    CROSS JOIN LATERAL unnest(place.reminder_minutes) minutes
    WHERE place.id = %(clinic)s AND visit.status = 'booked'
        AND visit.starts_at - minutes * interval '1 minute' > %(now)s
        AND NOT EXISTS (SELECT FROM outreach_reminder r
            WHERE r.appointment_id = visit.id AND r.minutes_before = minutes)
    ORDER BY visit.id
"""
