"""Words for tests about texts that leave: one that is due, and the doors it goes through."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from messaging import delivery, inbox, sweeping
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from tests.factories import MessageFactory
from tests.messaging import posting


def queued(**fields: Any) -> Message:
    """A reply that is due."""
    row: Message = MessageFactory(**{"kind": Kind.REPLY, "body": "Thank you.", **fields})
    return row


def sent(**fields: Any) -> Message:
    """A text that the provider has taken."""
    row = {
        "status": MessageStatus.SENT,
        "twilio_sid": posting.new_sid(),
        "from_number": posting.CLINIC_NUMBER,
    }
    return queued(**{**row, **fields})


def send(message: Message) -> Message:
    """What the text's own task does."""
    delivery.send(message_id=message.pk, clock=timezone.now)
    message.refresh_from_db()
    return message


def sweep() -> int:
    """What beat does."""
    return sweeping.sweep_outbox(clock=timezone.now)


def reported(client: Client, message: Message, word: str, code: str = "") -> Message:
    """The provider reports about the text, and the report is read."""
    sid = message.twilio_sid or posting.new_sid()
    assert posting.report(client, sid=sid, word=word, ours=message.uuid, code=code).status_code == 200
    inbox.sweep(now=timezone.now())
    message.refresh_from_db()
    return message
