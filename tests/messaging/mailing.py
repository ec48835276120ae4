"""Words for tests about e-mail: one that is due, and the page behind its link."""

from __future__ import annotations

import uuid
from typing import Any

from django.test import Client

from messaging import inbox, links
from messaging.models import Message
from messaging.states import MessageStatus
from tests.messaging.sending import queued

ALICE = "alice@example.org"
CLINIC = "clinic@example.org"


def due(**fields: Any) -> Message:
    """An e-mail that is due."""
    row = {"channel": "email", "to": ALICE, "subject": "Clinic: an earlier time", "language": "en"}
    return queued(**{**row, **fields})


def sent(**fields: Any) -> Message:
    """An e-mail that has left."""
    name = uuid.uuid4()
    row = {"uuid": name, "twilio_sid": f"EM{name.hex}", "from_number": CLINIC}
    return due(**{**row, "status": MessageStatus.SENT, **fields})


def page_of(message: Message) -> str:
    return f"/answer/{links.token_of(message.uuid)}/"


def press(client: Client, message: Message, word: str, form: str = "first") -> int:
    """Press a button of the page; returns the status of the answer."""
    return client.post(page_of(message), {"word": word, "form": form}).status_code


def read_in(now: Any) -> int:
    return inbox.sweep(now=now)
