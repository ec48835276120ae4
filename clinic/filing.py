"""What a booking leaves behind in its own transaction: the clinic's file of the patient, and a notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clinic.models import Appointment, Notice, Patient
from core import prepared


def keep(*, visit: Appointment, now: datetime) -> None:
    """Open the patient's file where this is the first visit at the clinic, and tell the provider.

    The caller has locked the patient: two first bookings of one take turns, and the second sees the file of
    the first. The number of a new file is part of the transaction: where it is undone the next one takes the
    number. First bookings at one clinic take turns from here to the commit, so that this is the last thing
    to do before it.
    """
    values: dict[str, Any] = {
        "visit": visit.pk,
        "patient": visit.patient_id,
        "main": Patient(pk=visit.patient_id).file_number,
        "clinic": visit.clinic_id,
        "provider": visit.provider_id,
        "about": Notice.About.MOVED if visit.moved_from_id else Notice.About.BOOKED,
        "now": now,
    }
    with prepared.cursor() as cursor:
        cursor.execute(_KEEP, values)


def open_all(*, visit_ids: Sequence[int], clinic_id: int, now: datetime) -> None:
    """`keep` for visits of one clinic that were booked together, by one statement; providers are not told.

    The caller holds the patients' rows.
    """
    with prepared.cursor() as cursor:
        cursor.execute(_OPEN, {"visits": list(visit_ids), "clinic": clinic_id, "now": now})


# ON CONFLICT at the file would have counted one for nothing.
_KEEP = """
    WITH counted AS (
        INSERT INTO clinic_filecount (clinic_id, last)
        SELECT %(clinic)s, 1 WHERE NOT EXISTS (
            SELECT FROM clinic_clinicfile WHERE patient_id = %(patient)s AND clinic_id = %(clinic)s)
        ON CONFLICT (clinic_id) DO UPDATE SET last = clinic_filecount.last + 1
        RETURNING last
    ), opened AS (
        INSERT INTO clinic_clinicfile (patient_id, clinic_id, provider_id, seq, number, opened_at)
        SELECT %(patient)s, %(clinic)s, %(provider)s, counted.last,
            concat_ws('-', %(main)s::text, coalesce(nullif(place.code, ''), 'C' || place.id), counted.last),
            %(now)s
        FROM counted JOIN clinic_clinic place ON place.id = %(clinic)s
    )
    INSERT INTO clinic_notice (provider_id, appointment_id, about, created_at)
    VALUES (%(provider)s, %(visit)s, %(about)s, %(now)s)
"""
# Numbered in the order of the first visits. The main file's number is as Patient.file_number writes it.
_OPEN = """
    WITH firsts AS (
        SELECT DISTINCT ON (visit.patient_id) visit.patient_id, visit.provider_id, visit.starts_at, visit.id
        FROM clinic_appointment visit
        WHERE visit.id = ANY(%(visits)s) AND NOT EXISTS (SELECT FROM clinic_clinicfile file
            WHERE file.patient_id = visit.patient_id AND file.clinic_id = %(clinic)s)
        ORDER BY visit.patient_id, visit.starts_at, visit.id
    ), counted AS (
        INSERT INTO clinic_filecount (clinic_id, last)
        SELECT %(clinic)s, count(*) FROM firsts HAVING count(*) > 0
        ON CONFLICT (clinic_id) DO UPDATE SET last = clinic_filecount.last + EXCLUDED.last
        RETURNING last
    ), numbered AS (
        SELECT patient_id, provider_id, counted.last - count(*) OVER ()
            + row_number() OVER (ORDER BY starts_at, firsts.id) AS seq
        FROM firsts CROSS JOIN counted
    )
    INSERT INTO clinic_clinicfile (patient_id, clinic_id, provider_id, seq, number, opened_at)
    SELECT patient_id, %(clinic)s, provider_id, seq,
        concat_ws('-', lpad(patient_id::text, greatest(6, length(patient_id::text)), '0'),
            coalesce(nullif(place.code, ''), 'C' || place.id), seq), %(now)s
    FROM numbered JOIN clinic_clinic place ON place.id = %(clinic)s
"""
