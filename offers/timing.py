"""When somebody may be texted: the clinic's contact hours, on the wall clock of where the patient is.

Where that is, the patient's row says: `contact_zones` holds the patient's own zone, else those that the
phone number may be in, and "" where only the clinic's is known. Of several every one must be inside: 8 to
20 o'clock is the rule's (47 CFR 64.1200(c)(1) has 8 to 21 at the called party's location).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from clinic.models import Clinic, Patient
from core import prepared, zones
from messaging import hours

# 100,000 rows hold a few dozen different values: the index is read by leaps from one to the next.
_DISTINCT = """
    WITH RECURSIVE found (zones) AS (
        (SELECT contact_zones FROM clinic_patient ORDER BY contact_zones LIMIT 1)
        UNION ALL
        SELECT (SELECT contact_zones FROM clinic_patient WHERE contact_zones > found.zones
            ORDER BY contact_zones LIMIT 1)
        FROM found WHERE found.zones IS NOT NULL
    )
    SELECT zones FROM found WHERE zones IS NOT NULL
"""
_BARRED = """
    SELECT DISTINCT person.contact_zones
    FROM (SELECT unnest(entry_ids) AS entry_id, unnest(reasons) AS reason FROM offers_round WHERE id = %s) d
    JOIN waitlist_waitlistentry entry ON entry.id = d.entry_id
    JOIN clinic_patient person ON person.id = entry.patient_id
    WHERE d.reason = %s
"""


def zones_of(*, contact_zones: str, clinic: Clinic) -> list[ZoneInfo]:
    """The zones in all of which a patient with these must be inside; the clinic's where none is given.

    None at all where one of them has a name that nobody knows: then no hour is a contact hour. It costs that
    patient, or that clinic, their texts and nobody else theirs; the doctor names the row.
    """
    names = contact_zones.split() or [clinic.timezone]
    return [ZoneInfo(name) for name in names] if zones.known().issuperset(names) else []


def unknown() -> list[str]:
    """The values of `contact_zones` that hold a name which is no zone."""
    return [several for several in _known() if not zones.known().issuperset(several.split())]


def opens_at(*, patient: Patient, clinic: Clinic, now: datetime) -> datetime | None:
    """From when on (UTC) the patient may be texted, `now` itself where it is; None: never in all zones."""
    return _opens(patient.contact_zones, clinic, now)


def awake(*, clinic: Clinic, now: datetime) -> list[str]:
    """The values of `contact_zones` whose patients may be texted for the clinic at `now`."""
    start, end = clinic.contact_hours
    return [
        several
        for several in _known()
        if hours.all_open(now=now, zones=zones_of(contact_zones=several, clinic=clinic), start=start, end=end)
    ]


def soonest(*, clinic: Clinic, now: datetime) -> datetime | None:
    """The earliest moment (UTC) at which anybody at all may be texted for the clinic; `now` where it is."""
    return _earliest(_known(), clinic, now)


def first_opening(*, round_id: int, reason: int, clinic: Clinic, now: datetime) -> datetime | None:
    """The earliest moment (UTC) at which one of those may be texted whom the round barred for `reason`."""
    with connection.cursor() as cursor:
        cursor.execute(_BARRED, [round_id, reason])
        return _earliest([row[0] for row in cursor.fetchall()], clinic, now)


def _known() -> list[str]:
    with prepared.cursor() as cursor:
        cursor.execute(_DISTINCT)
        return [row[0] for row in cursor.fetchall()]


def _earliest(several: list[str], clinic: Clinic, now: datetime) -> datetime | None:
    openings = (_opens(contact_zones, clinic, now) for contact_zones in several)
    return min((opening for opening in openings if opening is not None), default=None)


def _opens(contact_zones: str, clinic: Clinic, now: datetime) -> datetime | None:
    start, end = clinic.contact_hours
    known = zones_of(contact_zones=contact_zones, clinic=clinic)
    return hours.next_all_open(now=now, zones=known, start=start, end=end)
