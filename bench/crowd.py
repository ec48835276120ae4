"""Waiting lists of any length and a long history, made by the database itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from clinic.models import Clinic, Provider, VisitType

# Not a multiple of three: those who have an appointment wait for every type.
VISIT_TYPES = 5


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """A clinic whose list is `size` long; one in five of it waits for `visit_type`."""

    size: int
    clinic: Clinic
    provider: Provider
    visit_type: VisitType


def make(size: int) -> Crowd:
    """A list in which everybody has another phone, a third an appointment, and a quarter certain hours.

    Its people live in five sets of zones.
    """
    hours = {"contact_hours_start": time(0), "contact_hours_end": time(0)}
    freely = {"offers_per_day": 10_000, "offers_per_week": 10_000, "cool_down_minutes": 0, "grace_seconds": 0}
    name = f"Clinic {Clinic.objects.count() + 1} of {size}"
    clinic = Clinic.objects.create(name=name, sms_name=f"C{size}", **hours, **freely)
    types = [
        VisitType.objects.get_or_create(name=f"Visit {n}", defaults={"duration_minutes": 30})[0]
        for n in range(VISIT_TYPES)
    ]
    provider, busy = (Provider.objects.create(name=name, provider_type="physician") for name in "AB")
    provider.clinics.add(clinic)
    params: dict[str, Any] = {
        "size": size,
        "clinic": clinic.pk,
        "types": [each.pk for each in types],
        "busy": busy.pk,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM clinic_patient")
        params["base"] = cursor.fetchone()[0]
        for statement in _PEOPLE:
            cursor.execute(statement, params)
        cursor.execute("ANALYZE")
    return Crowd(size=size, clinic=clinic, provider=provider, visit_type=types[0])


_PEOPLE = (
    """INSERT INTO clinic_patient (id, first_name, last_name, phone, email, language, status, sms_consent,
            preferred_channel, contact_zones)
        OVERRIDING SYSTEM VALUE
        SELECT %(base)s + n, 'First', 'Last', '+1' || (2000000000 + %(base)s + n), '', 'en', 'active', true,
            'sms', (ARRAY['', 'America/New_York', 'America/Chicago', 'America/Chicago America/Denver',
                'America/Los_Angeles'])[1 + n / 5 %% 5]
        FROM generate_series(1, %(size)s) n""",
    "SELECT setval(pg_get_serial_sequence('clinic_patient', 'id'), (SELECT max(id) FROM clinic_patient))",
    """INSERT INTO clinic_consent (patient_id, channel, given, source, words, recorded_by, recorded_at)
        SELECT %(base)s + n, 'sms', true, 'import', 'Text me.', 'system', %(now)s
        FROM generate_series(1, %(size)s) n""",
    """INSERT INTO clinic_appointment (clinic_id, provider_id, patient_id, visit_type_id, starts_at, ends_at,
            status, source, is_fact, cancel_reason, offer_slot, created_at)
        SELECT %(clinic)s, %(busy)s, %(base)s + n, (%(types)s)[1 + n %% 5],
            %(now)s + interval '10 days' + (n / 3) * interval '1 minute',
            %(now)s + interval '10 days' + (n / 3) * interval '1 minute' + interval '30 minutes',
            'booked', 'staff', true, '', false, %(now)s
        FROM generate_series(1, %(size)s, 3) n""",
    """INSERT INTO waitlist_waitlistentry (patient_id, clinic_id, provider_type, visit_type_id, urgent,
            manual_boost, boost_reason, joined_at, min_notice_minutes, status, changed_at,
            current_appointment_id)
        SELECT %(base)s + n, %(clinic)s, '', (%(types)s)[1 + n %% 5], n %% 10 = 0, n %% 7, 'reason',
            %(now)s - n %% 200 * interval '1 day' - interval '1 hour', 60, 'waiting',
            %(now)s - interval '1 hour', a.id
        FROM generate_series(1, %(size)s) n
        LEFT JOIN clinic_appointment a ON a.patient_id = %(base)s + n""",
    """INSERT INTO waitlist_availability (entry_id, weekday, start, "end")
        SELECT e.id, weekday, '00:00', '23:59:59'
        FROM waitlist_waitlistentry e, generate_series(0, 6) weekday
        WHERE e.clinic_id = %(clinic)s AND e.id %% 4 = 0""",
)


def asked(crowd: Crowd, slots: int, *, days: int) -> list[str]:
    """Slots of which each has three questions out; the phones that will say YES, one for each slot."""
    now = timezone.now()
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    params: dict[str, Any] = {
        "slots": slots,
        "clinic": crowd.clinic.pk,
        "provider": crowd.provider.pk,
        "type": crowd.visit_type.pk,
        "first": first,
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in _QUESTIONS:
            cursor.execute(statement, params)
        cursor.execute("ANALYZE offers_offer, offers_cancellation, messaging_message")
        cursor.execute(
            """SELECT phone FROM offers_offer o JOIN offers_cancellation c ON c.id = o.cancellation_id
                WHERE o.status = 'pending' AND o.rank = 1 AND c.logged_by = 'bench'
                ORDER BY o.id DESC LIMIT %s""",
            [slots],
        )
        return [row[0] for row in cursor.fetchall()]


_QUESTIONS = (
    """INSERT INTO offers_cancellation (clinic_id, provider_id, visit_type_id, starts_at, ends_at, reason,
            status, unfilled_reason, next_step_at, waiting_for, grace_ends_at, logged_by, paused_by,
            created_at, changed_at)
        SELECT %(clinic)s, %(provider)s, %(type)s, %(first)s + n * interval '30 minutes',
            %(first)s + n * interval '30 minutes' + interval '30 minutes', '', 'offering', '',
            %(now)s + interval '7 minutes', 'answers', %(now)s, 'bench', '', %(now)s, %(now)s
        FROM generate_series(1, %(slots)s) n""",
    """INSERT INTO offers_round (cancellation_id, number, started_at, places, policy_version, eligible_count,
            entry_ids, reasons, parts)
        SELECT id, 1, %(now)s, 3, 'bench', 0, '{}', '{}', '{}'
        FROM offers_cancellation WHERE logged_by = 'bench' AND created_at = %(now)s""",
    """WITH slot AS (
            SELECT c.id, r.id AS round_id, row_number() OVER (ORDER BY c.id) AS n
            FROM offers_cancellation c JOIN offers_round r ON r.cancellation_id = c.id
            WHERE c.logged_by = 'bench' AND c.created_at = %(now)s
        ), entry AS (
            SELECT e.id, e.patient_id, p.phone, row_number() OVER (ORDER BY e.id) AS n
            FROM waitlist_waitlistentry e JOIN clinic_patient p ON p.id = e.patient_id
            WHERE e.clinic_id = %(clinic)s AND e.visit_type_id = %(type)s AND e.status = 'waiting'
                AND e.current_appointment_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM offers_offer o WHERE o.entry_id = e.id)
        )
        INSERT INTO offers_offer (cancellation_id, round_id, entry_id, patient_id, phone, status, rank,
            score, parts, hold_expires_at, created_at)
        SELECT slot.id, slot.round_id, entry.id, entry.patient_id, entry.phone, 'pending',
            1 + (entry.n - 1) %% 3, 0, 0, %(now)s + interval '7 minutes', %(now)s
        FROM slot JOIN entry ON (entry.n - 1) / 3 + 1 = slot.n""",
    """INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, body, status,
            logical_key, twilio_sid, error_code, skip_reason, related, outcome, attention, priority, attempt,
            status_rank, created_at, sent_at, changed_at)
        SELECT gen_random_uuid(), 'outbound', 'offer', 'sms', o.phone, '+15005550006', 'An earlier time',
            'sent', 'offer:' || o.id, 'SMbench' || o.id, '', '',
            jsonb_build_object('offer', o.id, 'cancellation', o.cancellation_id, 'patient', o.patient_id), '',
            '', 1, 1, 4, %(now)s, %(now)s, %(now)s
        FROM offers_offer o WHERE o.created_at = %(now)s AND o.parts = 0""",
)


def history(rows: int, *, crowd: Crowd, now: datetime) -> None:
    """So many texts and questions of the past, about slots long over and phones of people long gone."""
    params: dict[str, Any] = {
        "rows": rows,
        "slots": rows // 100,
        "clinic": crowd.clinic.pk,
        "provider": crowd.provider.pk,
        "type": crowd.visit_type.pk,
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in _HISTORY:
            cursor.execute(statement, params)
        cursor.execute("ANALYZE")


_HISTORY = (
    """INSERT INTO offers_cancellation (clinic_id, provider_id, visit_type_id, starts_at, ends_at, reason,
            status, unfilled_reason, waiting_for, grace_ends_at, logged_by, paused_by, created_at, changed_at,
            closed_at)
        SELECT %(clinic)s, %(provider)s, %(type)s, %(now)s - n * interval '1 hour',
            %(now)s - n * interval '1 hour' + interval '30 minutes', '', 'unfilled', 'too_late', '',
            %(now)s - n * interval '1 hour', 'history', '', %(now)s - n * interval '1 hour',
            %(now)s - n * interval '1 hour', %(now)s - n * interval '1 hour'
        FROM generate_series(300, 300 + %(slots)s) n""",
    """INSERT INTO offers_round (cancellation_id, number, started_at, places, policy_version, eligible_count,
            entry_ids, reasons, parts)
        SELECT id, 1, created_at, 3, 'history', 0, '{}', '{}', '{}'
        FROM offers_cancellation WHERE logged_by = 'history'""",
    """WITH entry AS (
            SELECT id, patient_id, row_number() OVER (ORDER BY id DESC) - 1 AS n
            FROM waitlist_waitlistentry WHERE clinic_id = %(clinic)s LIMIT 100
        )
        INSERT INTO offers_offer (cancellation_id, round_id, entry_id, patient_id, phone, status, rank,
            score, parts, hold_expires_at, created_at)
        SELECT c.id, r.id, e.id, e.patient_id, '+1999' || (1000000 + (c.id * 100 + e.n) %% 9000000),
            'expired',
            1, 10, 1, c.created_at, c.created_at
        FROM offers_cancellation c JOIN offers_round r ON r.cancellation_id = c.id, entry e
        WHERE c.logged_by = 'history'""",
    """INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, body, status,
            logical_key, twilio_sid, error_code, skip_reason, related, outcome, attention, priority, attempt,
            status_rank, created_at, sent_at, changed_at)
        SELECT gen_random_uuid(), 'outbound', 'offer', 'sms', o.phone, '+15005550006', 'An earlier time',
            'sent', 'offer:' || o.id, 'SMhistory' || o.id, '', '',
            jsonb_build_object('offer', o.id, 'cancellation', o.cancellation_id, 'patient', o.patient_id), '',
            '', 1, 1, 4, o.created_at, o.created_at, o.created_at
        FROM offers_offer o WHERE o.parts = 1""",
)
