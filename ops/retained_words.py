"""What must be true of words that are older than the retention age, as queries for the doctor."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

# Emptying runs every hour, and may have been away over a weekend.
SLACK = timedelta(days=3)

# `words_until` is null where texts are kept for ever: then nothing is too old.
QUERIES = {
    "no text keeps its words beyond the retention age": """SELECT m.id FROM messaging_message m
        WHERE m.purged_at IS NULL AND m.created_at < %(words_until)s
            AND m.status NOT IN ('queued', 'sending', 'unknown', 'received')
            AND NOT (m.direction = 'inbound' AND m.attention <> '' AND m.attention_done_at IS NULL)
            AND NOT EXISTS (
                SELECT FROM offers_cancellation c WHERE c.id = (m.related ->> 'cancellation')::bigint
                    AND (c.status IN ('open', 'offering', 'paused') OR c.starts_at > %(now)s))""",
    "an emptied text has no words left": """SELECT m.id FROM messaging_message m
        WHERE m.purged_at IS NOT NULL AND (m.body <> '' OR EXISTS (
            SELECT FROM messaging_providerevent e WHERE e.sid = m.twilio_sid AND e.provider = 'twilio'
                AND e.kind = 'inbound' AND e.payload -> 'Body' IS NOT NULL))""",
    "an emptied text is owed to the provider": """SELECT m.id FROM messaging_message m
        WHERE m.purged_at IS NOT NULL AND m.twilio_sid ~ '^(SM|MM)' AND NOT EXISTS (
            SELECT FROM messaging_redaction r WHERE r.message_id = m.id)""",
    "no redaction is overdue": """SELECT message_id FROM messaging_redaction
        WHERE result = '' AND created_at < %(now)s - interval '14 days'""",
}


def words_until(now: datetime) -> datetime | None:
    """Texts before then have no words any more; None: they are kept for ever."""
    return None if settings.MESSAGE_RETENTION is None else now - settings.MESSAGE_RETENTION - SLACK
