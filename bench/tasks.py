"""The floor of the offering: the best three by SQL and three texts, with no checks and nothing stored."""

import uuid

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging import gateways
from messaging.gateways import Outgoing

BEST_THREE = """
    SELECT p.phone FROM waitlist_waitlistentry e
    JOIN clinic_patient p ON p.id = e.patient_id
    LEFT JOIN clinic_appointment a ON a.id = e.current_appointment_id
    WHERE e.clinic_id = %s AND e.visit_type_id = %s AND e.status = 'waiting'
    ORDER BY CASE WHEN e.urgent THEN 30 ELSE 0 END + e.manual_boost
        + coalesce(greatest(0, 20 - (a.starts_at::date - current_date) / 3), 10) DESC, e.joined_at
    LIMIT 3
"""


@shared_task
def floor(*, clinic_id: int, visit_type_id: int, run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEST_THREE, [clinic_id, visit_type_id])
        phones = [row[0] for row in cursor.fetchall()]
        for phone in phones:
            started_at = timezone.now()
            words, sender = "An earlier time is free.", settings.TWILIO_PHONE_NUMBER
            gateways.current().send(Outgoing(uuid=uuid.uuid4(), sender=sender, to=phone, body=words))
        words = f"{run_id} {started_at.timestamp()}"
        cursor.execute("INSERT INTO bench_floor (words) VALUES (%s)", [words])
