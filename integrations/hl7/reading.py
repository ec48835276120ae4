"""HL7 version 2: from the bytes of a message to facts. Pure: no Django, no clock, no database."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.facts import Fact, Park, Why
from integrations.hl7 import header, normalising, people, times, visits
from integrations.hl7.tokens import Message
from integrations.reader import ReaderSettings


def read(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    """What the message says; of a batch, what each of its messages says. Raises Park, and nothing else.

    `zone` is that of the source, for times without an offset.
    """
    facts: list[Fact] = []
    for message in normalising.split(body):
        facts += _facts(message, zone=zone, received_at=received_at, settings=settings)
    return facts


def read_cut(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    """Of the beginning of a message that was too large: nothing, however well it reads. Raises Park."""
    raise Park(Why.UNREADABLE, "size")


def _facts(raw: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    head = header.of(raw)
    header.check(head, receiver=settings.receiver)
    text = normalising.decoded(raw, head.parts(18)[0])
    message = Message(text=text, delimiters=head.delimiters)
    said_at = times.of_message(head.text(7), zone=zone, received_at=received_at)
    match head.event:
        case ("SIU", "S23" | "S24" as trigger):
            return [visits.blocked(message, trigger, said_at=said_at, zone=zone, settings=settings)]
        case ("SIU", trigger):
            return [visits.scheduled(message, trigger, said_at=said_at, zone=zone, settings=settings)]
        case ("ORM", _):
            return [visits.ordered(message, said_at=said_at, zone=zone)]
        case ("ADT", "A40"):
            return [*people.merged(message, said_at=said_at)]
        case ("ADT", "A08" | "A31"):
            return [people.updated(message, said_at=said_at)]
    return []
