"""What is said about a visit: the words of each text filled in, and the draft that carries it."""

from __future__ import annotations

from clinic import reaching
from clinic.models import Appointment
from core import wakeups
from messaging.models import Kind, Message
from messaging.outbox import Draft
from offers import texts

# After everything that somebody waits for, and in a queue where a burst holds nothing up.
PRIORITY = wakeups.IN_BULK


def key_of(reminder_id: int) -> str:
    """What may exist once only; the second try of a reminder has a mark behind it."""
    return f"reminder:{reminder_id}"


def reminder(*, reminder_id: int, visit: Appointment, channel: str) -> Draft:
    """The reminder of a visit, with its clinic, provider and patient.

    What `channel` has no words for is a text: the draft says by which channel it goes.
    """
    text = _text("reminder", visit, channel)
    return Draft(
        kind=Kind.REMINDER,
        to=reaching.address(visit.patient, text.channel),
        key=key_of(reminder_id),
        related={**about(visit), "reminder": reminder_id},
        priority=PRIORITY,
        **text.fields(),
    )


def reply(name: str, *, visit: Appointment, message: Message, key: str = "") -> Draft:
    """An answer about a visit to this message, by the channel that it came by."""
    text = _text(name, visit, message.channel)
    return Draft(
        kind=texts.KINDS[name],
        to=message.from_number,
        key=key or f"reply:{message.pk}",
        related=about(visit),
        in_reply_to_id=message.pk,
        **text.fields(),
    )


def about(visit: Appointment) -> dict[str, int]:
    """The ids that a message about a visit carries."""
    return {"clinic": visit.clinic_id, "appointment": visit.pk, "patient": visit.patient_id}


def _text(name: str, visit: Appointment, channel: str) -> texts.Text:
    language = visit.patient.language
    return texts.compose(name, language=language, clinic=visit.clinic, slot=visit, channel=channel)
