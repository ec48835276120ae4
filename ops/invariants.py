"""What must never be true, each as a named query that returns the ids of its violations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from core import zones
from offers import timing
from ops import retained_words

# Kept by constraints too: a query catches what was written while one was missing.
_BY_CONSTRAINT = {
    "one winner per slot": """SELECT cancellation_id FROM offers_offer WHERE status = 'accepted'
        GROUP BY 1 HAVING count(*) > 1""",
    "one win per waitlist entry": """SELECT entry_id FROM offers_offer WHERE status = 'accepted'
        GROUP BY 1 HAVING count(*) > 1""",
    "one booking per slot": """SELECT fills_slot FROM clinic_appointment
        WHERE fills_slot IS NOT NULL AND status IN ('booked', 'arrived') GROUP BY 1 HAVING count(*) > 1""",
    "one offer per slot and entry": """SELECT min(id) FROM offers_offer
        GROUP BY cancellation_id, entry_id HAVING count(*) > 1""",
    "one open question per phone": """SELECT min(id) FROM offers_offer WHERE status = 'pending'
        GROUP BY phone, CASE WHEN phone = '' THEN patient_id END HAVING count(*) > 1""",
    "one text per purpose": """SELECT min(id) FROM messaging_message WHERE logical_key IS NOT NULL
        GROUP BY logical_key HAVING count(*) > 1""",
    "one message per provider's id": """SELECT min(id) FROM messaging_message WHERE twilio_sid IS NOT NULL
        GROUP BY twilio_sid HAVING count(*) > 1""",
    "one set of own words per text": """SELECT min(id) FROM offers_clinictext WHERE ended_at IS NULL
        GROUP BY clinic_id, name, language HAVING count(*) > 1""",
    "one greeting a year": """SELECT min(id) FROM outreach_greeting
        GROUP BY patient_id, year HAVING count(*) > 1""",
    "no two greetings in less than a year": """SELECT g.id FROM outreach_greeting g
        JOIN outreach_greeting h ON h.patient_id = g.patient_id AND h.id > g.id
            AND abs(h.birthday_on - g.birthday_on) < 365 AND h.status <> 'skipped'
        WHERE g.status <> 'skipped' AND NOT g.is_repeat AND NOT h.is_repeat""",
    "one file per patient and clinic": """SELECT min(id) FROM clinic_clinicfile
        GROUP BY patient_id, clinic_id HAVING count(*) > 1""",
    "a running slot has a next step": """SELECT id FROM offers_cancellation
        WHERE (status IN ('open', 'offering')) <> (next_step_at IS NOT NULL)""",
    "a paused slot has somebody who paused it": """SELECT id FROM offers_cancellation
        WHERE (status = 'paused') = (paused_by = '')""",
    "a text on its way has a lease": """SELECT id FROM messaging_message
        WHERE (status = 'sending') <> (lease_token IS NOT NULL)""",
    "a sent text has the provider's id": """SELECT id FROM messaging_message
        WHERE status IN ('sent', 'delivered') AND twilio_sid IS NULL""",
    "a provider is in one place at a time": """SELECT a.id FROM clinic_appointment a
        JOIN clinic_appointment b ON b.provider_id = a.provider_id AND b.id > a.id
            AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
        WHERE a.status IN ('booked', 'arrived') AND b.status IN ('booked', 'arrived')
            AND NOT a.is_fact AND NOT b.is_fact""",
}

_BEYOND = {
    "the files of a clinic are counted without a gap": """SELECT n.clinic_id FROM clinic_filecount n
        JOIN clinic_clinicfile f ON f.clinic_id = n.clinic_id
        GROUP BY n.clinic_id, n.last HAVING n.last <> count(*) OR n.last <> max(f.seq)""",
    "a filled slot has its visit": """SELECT c.id FROM offers_cancellation c
        WHERE c.status = 'filled' AND c.starts_at > %(now)s AND NOT EXISTS (
            SELECT 1 FROM clinic_appointment a WHERE a.fills_slot = c.id
                AND (a.status <> 'cancelled' OR a.offer_slot))""",
    "a winner's slot is filled": """SELECT o.id FROM offers_offer o
        JOIN offers_cancellation c ON c.id = o.cancellation_id
        WHERE o.status = 'accepted' AND c.status <> 'filled'""",
    "a winner has left the waitlist": """SELECT o.id FROM offers_offer o
        JOIN waitlist_waitlistentry e ON e.id = o.entry_id
        WHERE o.status = 'accepted' AND e.status IN ('waiting', 'paused')""",
    "a winner was told": """SELECT o.id FROM offers_offer o WHERE o.status = 'accepted' AND NOT EXISTS (
            SELECT 1 FROM messaging_message m
            WHERE m.kind = 'confirmation' AND m.related @> jsonb_build_object(
                'cancellation', o.cancellation_id, 'patient', o.patient_id))""",
    "whoever lost was told": """SELECT o.id FROM offers_offer o
        WHERE o.status = 'taken' AND o.responded_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM messaging_message m WHERE m.logical_key = 'taken:' || o.id)""",
    "no question is open once its slot is closed": """SELECT o.id FROM offers_offer o
        JOIN offers_cancellation c ON c.id = o.cancellation_id
        WHERE o.status = 'pending' AND c.status IN ('filled', 'unfilled', 'withdrawn')""",
    "every answer was answered": """SELECT m.id FROM messaging_message m
        WHERE m.direction = 'inbound' AND m.status = 'handled' AND m.outcome = ''""",
    "every pending offer has its text": """SELECT o.id FROM offers_offer o
        WHERE o.status = 'pending' AND NOT EXISTS (
            SELECT 1 FROM messaging_message m WHERE m.logical_key = 'offer:' || o.id)""",
    "a patient's consent is the ledger's last word": """SELECT p.id FROM clinic_patient p
        CROSS JOIN LATERAL (VALUES ('sms', p.sms_consent), ('whatsapp', p.whatsapp_consent),
            ('email', p.email_consent), ('voice', p.voice_consent)) flag (channel, given)
        LEFT JOIN (SELECT DISTINCT ON (patient_id, channel) patient_id, channel, given FROM clinic_consent
            ORDER BY patient_id, channel, id DESC) said
            ON said.patient_id = p.id AND said.channel = flag.channel
        WHERE flag.given <> coalesce(said.given, false)""",
    "nobody is asked for a slot in shadow": """SELECT o.id FROM offers_offer o
        JOIN offers_cancellation c ON c.id = o.cancellation_id WHERE c.is_shadow""",
    "no text leaves for a clinic in shadow": """SELECT m.id FROM messaging_message m
        JOIN clinic_clinic c ON c.id = (m.related ->> 'clinic')::bigint AND c.is_shadow
        WHERE m.direction = 'outbound' AND m.call_started_at IS NOT NULL AND m.kind <> 'test'""",
    "a text that left has its permission receipt": """SELECT id FROM messaging_message
        WHERE direction = 'outbound' AND call_started_at IS NOT NULL
            AND coalesce(permission ->> 'basis', '') = ''""",
    "nobody is asked on a number that is somebody else's": """SELECT o.id FROM offers_offer o
        JOIN offers_wrongnumber w ON w.patient_id = o.patient_id AND w.phone = o.phone AND w.lifted_at IS NULL
        WHERE o.status IN ('pending', 'standby') AND o.hold_expires_at IS NOT NULL
            AND o.channel <> 'email'""",
    "no reminder of a visit that is off is going to be sent": """SELECT r.id FROM outreach_reminder r
        JOIN clinic_appointment a ON a.id = r.appointment_id
        WHERE r.status = 'scheduled' AND a.status IN ('cancelled', 'rescheduled')""",
    "no reminder left when its visit had begun": """SELECT m.id FROM messaging_message m
        JOIN clinic_appointment a ON a.id = (m.related ->> 'appointment')::bigint
        WHERE m.kind = 'reminder' AND m.call_started_at >= a.starts_at""",
    "a sent reminder has its text": """SELECT r.id FROM outreach_reminder r
        WHERE r.status = 'sent' AND NOT EXISTS (
            SELECT 1 FROM messaging_message m WHERE m.logical_key = 'reminder:' || r.id)""",
    "no reminder is overdue": """SELECT id FROM outreach_reminder
        WHERE status = 'scheduled' AND handed_at IS NULL AND due_at < %(now)s - interval '1 hour'""",
    "a greeting that is on its way or sent has its text": """SELECT g.id FROM outreach_greeting g
        WHERE g.status IN ('scheduled', 'sent') AND NOT EXISTS (
            SELECT 1 FROM messaging_message m WHERE m.logical_key = 'greeting:' || g.id)""",
    "no greeting counts as sent that did not arrive": """SELECT g.id FROM outreach_greeting g
        WHERE g.status = 'sent' AND NOT EXISTS (SELECT 1 FROM messaging_message m
            WHERE m.kind = 'greeting' AND m.related @> jsonb_build_object('greeting', g.id)
                AND m.status NOT IN ('failed', 'undelivered', 'not_sent', 'skipped'))""",
    # Within a minute: both read the clock before they wait for each other.
    "a greeting left while its provider had it switched on": """SELECT m.id FROM messaging_message m
        JOIN outreach_greeting g ON g.id = (m.related ->> 'greeting')::bigint
        WHERE m.kind = 'greeting' AND m.call_started_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM outreach_greetingswitch s WHERE s.provider_id = g.provider_id
                AND s.accepted_at <= m.call_started_at + interval '1 minute'
                AND coalesce(s.ended_at >= m.call_started_at - interval '1 minute', true))""",
    # A day begins 14 hours before that of UTC and ends 12 hours after it; two weeks late is the most.
    "a greeting left on the birthday or in the days after it": """SELECT m.id FROM messaging_message m
        JOIN outreach_greeting g ON g.id = (m.related ->> 'greeting')::bigint
        WHERE m.kind = 'greeting' AND (m.call_started_at < g.birthday_on - interval '14 hours'
            OR m.call_started_at >= g.birthday_on + interval '15 days 12 hours')""",
    "no slot is overdue": """SELECT id FROM offers_cancellation
        WHERE status IN ('open', 'offering') AND next_step_at < %(now)s - interval '1 hour'""",
    "no text is overdue": """SELECT m.id FROM messaging_message m
        WHERE m.status IN ('queued', 'unknown') AND m.next_attempt_at < %(now)s - interval '1 hour'
            AND NOT (m.status = 'queued' AND (
                EXISTS (SELECT FROM messaging_sender WHERE status = 'stopped')
                OR EXISTS (SELECT FROM messaging_pause p WHERE p.ended_at IS NULL
                    AND coalesce(p.clinic_id = (m.related ->> 'clinic')::bigint, p.clinic_id IS NULL))))""",
    "a stopped sender has its alarm": """SELECT s.id FROM messaging_sender s
        WHERE s.status = 'stopped' AND NOT EXISTS (
            SELECT FROM messaging_alarm a WHERE a.subject = s.name AND a.cleared_at IS NULL)""",
    "no answer is overdue": """SELECT id FROM messaging_message
        WHERE direction = 'inbound' AND status = 'received' AND created_at < %(now)s - interval '1 hour'""",
    "no call by staff is overdue": """SELECT id FROM offers_staffcall
        WHERE ended_at IS NULL AND ends_at < %(now)s - interval '1 hour'""",
    "no booking for another system is overdue": """SELECT id FROM integrations_writeback
        WHERE coalesce(next_attempt_at, leased_until) < %(now)s - interval '1 hour'""",
    "a time that another system refused is not booked here": """SELECT w.id FROM integrations_writeback w
        JOIN clinic_appointment a ON a.id = w.appointment_id
        WHERE w.status = 'refused' AND w.what = 'book' AND a.fills_slot IS NOT NULL
            AND a.status = 'booked'""",
    "no message of a feed is overdue": """SELECT id FROM integrations_feedmessage
        WHERE status = 'received' AND next_attempt_at < %(now)s - interval '1 hour'""",
    "what is parked waits in its message": """SELECT p.id FROM integrations_parked p
        JOIN integrations_feedmessage m ON m.id = p.message_id
        WHERE (p.resolution = '') <> (m.status = 'parked' AND p.parked_at = m.handled_at)""",
    "a parked message says what it waits for": """SELECT m.id FROM integrations_feedmessage m
        WHERE m.status = 'parked' AND NOT EXISTS (
            SELECT FROM integrations_parked p WHERE p.message_id = m.id AND p.resolution = '')""",
    "nothing is kept of a feed's messages beyond its time": """SELECT id FROM integrations_feedmessage
        WHERE emptied_at IS NULL AND status <> 'received'
            AND received_at < %(now)s - interval '1 day' * %(feed_days)s - interval '1 day'""",
    "a visit that a feed cancelled is not to come": """SELECT l.id FROM integrations_visitlink l
        JOIN clinic_appointment a ON a.id = l.appointment_id
        WHERE l.known -> 'standing' ->> 0 = 'cancelled' AND a.status IN ('booked', 'arrived')""",
    "nobody is asked before a freed time has settled": """SELECT o.id FROM offers_offer o
        JOIN offers_cancellation c ON c.id = o.cancellation_id
        JOIN clinic_appointment a ON a.id = c.appointment_id
        WHERE a.offer_from IS NOT NULL AND o.created_at < a.offer_from""",
    "no webhook is overdue": """SELECT id FROM messaging_providerevent
        WHERE handled_at IS NULL AND received_at < %(now)s - interval '1 hour'""",
}

_ZONES = {
    "a clinic's time zone is one that there is": """SELECT id FROM clinic_clinic
        WHERE timezone <> ALL(%(zones)s)""",
    "a patient's time zones are ones that there are": """SELECT id FROM clinic_patient
        WHERE contact_zones = ANY(%(zones_of_nowhere)s)""",
}

QUERIES = {**_BY_CONSTRAINT, **_BEYOND, **_ZONES, **retained_words.QUERIES}
SHOWN = 20


def values(now: datetime) -> dict[str, Any]:
    """What the queries ask for by name."""
    known: dict[str, Any] = {"zones": list(zones.known()), "zones_of_nowhere": timing.unknown()}
    known["feed_days"] = settings.FEED_MESSAGES_KEPT_DAYS
    return {"now": now, "words_until": retained_words.words_until(now), **known}


def violations(*, now: datetime) -> Iterator[tuple[str, list[int]]]:
    """Every invariant that is broken, by name, with the ids of the first rows that break it."""
    with connection.cursor() as cursor:
        given = values(now)
        for name, query in QUERIES.items():
            cursor.execute(f"SELECT * FROM ({query}) v ORDER BY 1 LIMIT {SHOWN}", given)  # noqa: S608
            rows = [row[0] for row in cursor.fetchall()]
            if rows:
                yield name, rows
