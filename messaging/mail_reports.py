"""What a provider of e-mail reports, brought into our own event store: once each, and in order."""

from __future__ import annotations

import uuid
from datetime import datetime

from anymail.signals import AnymailTrackingEvent

from messaging import answering, events, mails
from messaging.models import Message

# As a text's callbacks are worded. Who opened what, and which link was followed, is not looked at.
_WORDS = {"delivered": "delivered", "bounced": "undelivered", "rejected": "failed", "failed": "failed"}
_STOPS = ("complained", "unsubscribed")


def store(*, report: AnymailTrackingEvent, now: datetime) -> bool:
    """Keep a report; False: it says nothing new, or is about no e-mail of ours.

    A complaint and an unsubscription at the provider stop the address.
    """
    ours = _uuid_of(report)
    if ours is None:
        return False
    if report.event_type in _STOPS:
        message = Message.objects.filter(uuid=ours).first()
        return message is not None and answering.stop(message=message, now=now)
    word = _WORDS.get(report.event_type)
    if word is None:
        return False
    code = "" if word == "delivered" else (report.reject_reason or report.event_type)
    event = events.Event(
        provider=answering.PROVIDER,
        sid=mails.sid_of(ours),
        kind=f"status:{word}",
        sender=(report.recipient or "").lower(),
        form={"To": (report.recipient or "").lower(), "MessageStatus": word, "ErrorCode": code},
        received_at=now,
        message_uuid=ours,
    )
    return events.store(event=event, now=now)


def _uuid_of(report: AnymailTrackingEvent) -> uuid.UUID | None:
    """Which e-mail of ours it is about: we gave each its uuid along, and it is in the Message-ID."""
    named = (report.metadata or {}).get("m") or (report.message_id or "").strip("<>").partition("@")[0]
    try:
        return uuid.UUID(named)
    except ValueError:
        return None
