"""What staff write to a patient in words of their own: one row of the outbox like any other text.

An answer to somebody who wrote to us lately goes at once; anything else needs consent and keeps to contact
hours (offers.permitting). A number that has opted out gets nothing, and nothing goes twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import reaching
from clinic.models import Clinic, Patient
from core import audit, phone, transitions, turns
from core.channels import Channel
from messaging import attending, gate, optout, outbox
from messaging.models import Direction, Kind, Message
from messaging.outbox import Draft
from offers import mailings, senders, silencing, timing, wordings

# Who wrote to us may be answered for as long; it is also how long WhatsApp lets a business answer freely.
EXCHANGE = timedelta(hours=24)
# Four segments of the plain alphabet, less the clinic's name.
LONGEST = 580


class CannotWrite(Exception):
    """Nothing may be sent there, or not this; `field` names what is wrong, the text is for staff."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class AnsweredMeanwhile(CannotWrite):
    """A colleague has written there since the page was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Words to an address. `form` tells one page shown from another, so that one sent twice is sent once.

    `seen` is the id of the last message that its writer has read there. Without a `patient_id` nobody is
    known at the address, and it can only be answered.
    """

    address: str
    body: str
    form: str
    seen: int
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The text as it is owed; `leaves_at` (UTC) where it waits for contact hours, else None."""

    message: Message
    leaves_at: datetime | None


def register() -> None:
    """Let the outbox ask here before such a text leaves."""
    gate.register(Kind.STAFF, may_leave)


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Not where somebody has said meanwhile that the number is not this patient's."""
    patient_id = message.related.get("patient")
    is_others = patient_id is not None and silencing.is_silenced(patient_id=patient_id, phone=message.to)
    return gate.Skip("wrong_number") if is_others else gate.Go(message.body)


@transaction.atomic
def write(*, note: Note, by: str, now: datetime) -> Written:
    """Owe the words, and see to whatever waited for an answer there. Raises CannotWrite."""
    turns.hold(phone=note.address, work=turns.WRITING)
    key = f"staff:{note.form}"
    sent = Message.objects.filter(logical_key=key).first()
    if sent is not None:
        return Written(sent, None)
    _check(note, now)
    patient = Patient.objects.filter(pk=note.patient_id).first() if note.patient_id else None
    clinic = senders.clinic_of(patient)
    answered = _to_answer(note.address, now)
    leaves_at = None if answered else _leaves_at(note, patient, clinic, now)
    fields = _fields(note, patient, clinic)
    ids = {"patient": patient.pk if patient else None, "clinic": clinic.pk if clinic else None}
    draft = Draft(
        kind=Kind.STAFF,
        to=note.address,
        key=key,
        related={name: pk for name, pk in ids.items() if pk is not None},
        priority=2,
        in_reply_to_id=answered.pk if answered else None,
        **fields,
    )
    outbox.queue(drafts=[draft], now=now)
    message = Message.objects.get(logical_key=key)
    audit.record(actor=by, verb="message.written", obj=message, at=now, patient=note.patient_id)
    _see_to(note.address, by, now)
    return Written(message, leaves_at)


def worded(body: str, name: str) -> str:
    """The words as they leave: a text says first which clinic it is from, by its short name."""
    tidied = body.replace("\x00", "").strip()
    front = f"{name}: " if name and tidied else ""
    return tidied if tidied.startswith(front) else f"{front}{tidied}"


def name_for(patient: Patient | None) -> str:
    """The short name of the clinic that a patient's texts come from; "" where there is none."""
    clinic = senders.clinic_of(patient)
    return clinic.sms_name if clinic else ""


def _check(note: Note, now: datetime) -> None:
    body = note.body.replace("\x00", "").strip()
    if not body:
        raise CannotWrite("body", _("Write something."))
    if len(body) > LONGEST:
        raise CannotWrite(
            "body", _("That is too long: %(most)s characters are the most.") % {"most": LONGEST}
        )
    since = optout.suppressed_since(note.address)
    if since is not None:
        raise CannotWrite(
            "body",
            _("Nothing may be sent there: STOP was said. Only a START from there ends it. Call instead."),
        )
    written = (
        Message.objects.filter(to=note.address, kind=Kind.STAFF, pk__gt=note.seen).order_by("-pk").first()
    )
    if written is not None:
        who = audit.last_actor(obj=written, verb="message.written")
        raise AnsweredMeanwhile(
            "body",
            _("%(who)s has written there in the meantime. Read it, and send yours if it is still needed.")
            % {"who": who},
        )


def _to_answer(address: str, now: datetime) -> Message | None:
    """What was written to us from there lately, by the way in which our words go there."""
    came = Message.objects.filter(
        from_number=address, direction=Direction.INBOUND, created_at__gt=now - EXCHANGE
    )
    return came.filter(channel=_channel(address)).order_by("-pk").first()


def _channel(address: str) -> Channel:
    return Channel.EMAIL if phone.channel(address) == Channel.EMAIL else Channel.SMS


def _leaves_at(note: Note, patient: Patient | None, clinic: Clinic | None, now: datetime) -> datetime | None:
    """When the gate will let it go; None: at once. Raises CannotWrite where it never would."""
    channel = _channel(note.address)
    agreed = patient is not None and reaching.addresses(patient).get(channel) == note.address
    if patient is None or clinic is None or not agreed:
        raise CannotWrite(
            "body", _("No consent to be written to is recorded, and nobody wrote from there within a day.")
        )
    if channel == Channel.SMS and silencing.is_silenced(patient_id=patient.pk, phone=note.address):
        raise CannotWrite("body", _("Somebody on this number said that it is not this patient's."))
    opens = timing.opens_at(patient=patient, clinic=clinic, now=now)
    if opens is None:
        raise CannotWrite("body", _("There is no hour at which this patient may be texted: call instead."))
    return None if opens == now else opens


def _fields(note: Note, patient: Patient | None, clinic: Clinic | None) -> Mapping[str, Any]:
    body = worded(note.body, clinic.sms_name if clinic else "")
    language = patient.language if patient else "en"
    if _channel(note.address) == Channel.SMS:
        return {"body": body, "template": "staff", "language": language}
    mailing = mailings.of(name=mailings.ANY, language=language)
    values = {mailings.TEXT: body, "clinic": clinic.sms_name if clinic else "Waitlist"}
    return {
        "body": wordings.fill(mailing.body, values),
        "subject": wordings.fill(mailing.subject, values),
        "channel": Channel.EMAIL,
        "template": "staff",
        "language": language,
    }


def _see_to(address: str, by: str, now: datetime) -> None:
    """What waited for an answer has one."""
    came = Message.objects.filter(from_number=address, direction=Direction.INBOUND, attention_done_at=None)
    for pk in came.exclude(attention="").order_by("pk").values_list("pk", flat=True):
        # A colleague who was faster has seen to it as well.
        with suppress(transitions.StaleState):
            attending.finish(message_id=pk, by=by, now=now)
