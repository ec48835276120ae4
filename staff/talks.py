"""What was said between the clinic and a phone or an e-mail address, as the user may see it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from clinic.models import Clinic, Patient
from core import phone, scoping
from core.models import AuditEvent
from core.scoping import User
from core.translating import translated
from messaging import errors
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.states import MessageStatus
from staff import deeds
from waitlist import links

LONGEST = 100
_LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.NOT_SENT)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message; `at` is the clinic's own time. `about` names the patient where several share the phone.

    `why` says what was wrong with one that did not arrive; `by` who of the staff wrote it.
    """

    message: Message
    words: str
    at: datetime
    about: str
    by: str
    pictures: int
    why: str

    @property
    def is_ours(self) -> bool:
        return self.message.direction == Direction.OUTBOUND

    @property
    def is_lost(self) -> bool:
        return self.message.status in _LOST

    @property
    def waits(self) -> bool:
        """Whether a person must see to it."""
        return bool(self.message.attention) and self.message.attention_done_at is None


def address_of(message: Message) -> str:
    """With whom a message was exchanged."""
    return message.to if message.direction == Direction.OUTBOUND else message.from_number


def at_address(address: str, *, user: User) -> list[Patient]:
    """The patients who are reached there and whom the user may see."""
    if not address:
        return []
    there = Q(email=address) if phone.channel(address) == "email" else Q(phone=address)
    return list(scoping.limit(Patient.objects.filter(there), user).order_by("pk"))


def talk(addresses: Collection[str], *, user: User) -> list[Said]:
    """The last messages there, oldest first, with as many queries however many they are."""
    here = Q(to__in=addresses, direction=Direction.OUTBOUND)
    here |= Q(from_number__in=addresses, direction=Direction.INBOUND)
    rows = scoping.limit(Message.objects.filter(here), user).order_by("-pk")[:LONGEST]
    return said(list(reversed(rows)), user=user)


def said(messages: list[Message], *, user: User) -> list[Said]:
    """The messages as they are shown."""
    ids = {name: {row.related.get(name) for row in messages} - {None} for name in ("clinic", "patient")}
    clinics = Clinic.objects.in_bulk(ids["clinic"])
    patients = scoping.limit(Patient.objects.all(), user).in_bulk(ids["patient"])
    authors, pictures = _authors(messages), _pictures(messages)
    default = timezone.get_default_timezone()
    return [
        Said(
            message=row,
            words=links.hidden(row.body),
            at=row.created_at.astimezone(_zone(clinics, row, default)),
            about=str(patients.get(row.related.get("patient", 0)) or ""),
            by=authors.get(str(row.pk), ""),
            pictures=pictures.get(row.twilio_sid or "", 0),
            why=_why(row),
        )
        for row in messages
    ]


def version(shown: Collection[Said]) -> str:
    """A token that changes with whatever is to be seen of a talk."""
    states = [(one.message.pk, one.message.changed_at) for one in shown]
    return hashlib.blake2s(repr(states).encode(), digest_size=8).hexdigest()


def _zone(clinics: dict[int, Clinic], row: Message, default: ZoneInfo) -> ZoneInfo:
    clinic = clinics.get(row.related.get("clinic", 0))
    return clinic.zone if clinic else default


def _authors(messages: list[Message]) -> dict[str, str]:
    """Who wrote what staff wrote, by the message's id."""
    written = [str(row.pk) for row in messages if row.kind == Kind.STAFF]
    events = AuditEvent.objects.filter(object_type="messaging.message", object_id__in=written)
    found = events.filter(verb="message.written").order_by("pk")
    return dict(found.values_list("object_id", "actor"))


def _pictures(messages: list[Message]) -> dict[str, int]:
    """How many pictures came with a message, by its SID: we keep none of them."""
    sids = [row.twilio_sid for row in messages if row.direction == Direction.INBOUND and row.twilio_sid]
    events = ProviderEvent.objects.filter(sid__in=sids, kind="inbound").order_by("pk")
    counts = events.values_list("sid", "payload__NumMedia")
    return {sid: int(count) for sid, count in counts if str(count or "").isdecimal()}


def _why(row: Message) -> str:
    if row.status == MessageStatus.SKIPPED:
        return deeds.reason(row.skip_reason)
    return f"{row.error_code}: {translated(errors.of(row.error_code).meaning)}" if row.error_code else ""
