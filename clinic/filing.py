"""What a booking leaves behind in its own transaction: the clinic's file of the patient, and a notice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from clinic.models import Appointment, Patient


def keep(*, visit: Appointment, about: str, now: datetime) -> None:
    """Open the patient's file where this is the first visit at the clinic, and tell the provider.

    One trip for both. The caller is in a transaction, which the number of a new file is part of: where it is
    undone the next one takes the number. First bookings at one clinic take turns from here to the commit.
    """
    values: dict[str, Any] = {
        "visit": visit.pk,
        "patient": visit.patient_id,
        "main": Patient(pk=visit.patient_id).file_number,
        "clinic": visit.clinic_id,
        "provider": visit.provider_id,
        "about": about,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)


# Two first bookings of one patient take turns at the patient's row, and the second one sees the first one's
# file: the statement after the lock looks anew. ON CONFLICT at the file would have counted one for nothing.
_KEEP = """
    SELECT FROM clinic_patient WHERE id = %(patient)s FOR NO KEY UPDATE;
    WITH counted AS (
        INSERT INTO clinic_filecount (clinic_id, last)
        SELECT %(clinic)s, 1 WHERE NOT EXISTS (
            SELECT FROM clinic_clinicfile WHERE patient_id = %(patient)s AND clinic_id = %(clinic)s)
        ON CONFLICT (clinic_id) DO UPDATE SET last = clinic_filecount.last + 1
        RETURNING last
    )
    INSERT INTO clinic_clinicfile (patient_id, clinic_id, provider_id, seq, number, opened_at)
    SELECT %(patient)s, %(clinic)s, %(provider)s, counted.last,
        concat_ws('-', %(main)s::text, coalesce(nullif(place.code, ''), 'C' || place.id), counted.last),
        %(now)s
    FROM counted JOIN clinic_clinic place ON place.id = %(clinic)s;
    INSERT INTO clinic_notice (provider_id, appointment_id, about, created_at)
    VALUES (%(provider)s, %(visit)s, %(about)s, %(now)s)
"""
