"""What the provider told us, stored once before anything else: one door, by webhook or fetched."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core import phone, prepared, wakeups
from messaging import tasks

INBOUND = "inbound"
# Before the provider's word for what became of a call of ours.
CALL = "call:"
# In the form of a text that no webhook brought.
FETCHED = "Fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A form of a provider's. `sender` is whose events are handled in order, as the provider writes it.

    `received_at` (UTC) is when it reached us, or the provider, where it never reached us. `message_uuid` is
    our name for the message that it is about, or, of what came in, for the call in which it was said.
    """

    sid: str
    kind: str
    sender: str
    form: Mapping[str, str]
    received_at: datetime
    # The message of ours that it is about, where it says so.
    message_uuid: uuid.UUID | None = None
    provider: str = "twilio"


def store(*, event: Event, now: datetime) -> bool:
    """Store an event in one INSERT and wake whoever handles it; False: it was there, and nothing changes.

    Raises django.db.Error where the database does not take it.
    """
    row = [
        event.provider,
        event.sid[:64],
        event.kind[:40],
        phone.bare(event.sender)[:254],
        event.message_uuid,
        json.dumps(dict(event.form)),
        event.received_at,
        now,
    ]
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT, row)
        stored = cursor.fetchone()
    if stored is None:
        return False
    wakeups.wake_together(tasks.handle_events, pk=stored[0])
    return True


def without_nul(text: str) -> str:
    """The text as PostgreSQL can keep it."""
    return text.replace("\x00", "")


_INSERT = """
    INSERT INTO messaging_providerevent
        (provider, sid, kind, phone, message_uuid, payload, received_at, next_attempt_at)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s)
    ON CONFLICT (provider, sid, kind) DO NOTHING
    RETURNING id
"""
