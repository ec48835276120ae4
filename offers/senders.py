"""Who it is that texts us, and which question of ours a text answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from clinic.models import Clinic, Patient
from core import phone
from core.channels import Channel
from messaging.models import Direction, Kind, Message
from messaging.outbox import Draft
from offers import texts
from offers.models import Offer

# Somebody who is told that nothing is open for them is not told so again for as long.
TOLD_ENOUGH = timedelta(hours=1)
_NAMES_ITS_QUESTION = (Channel.EMAIL, Channel.VOICE)


class Question(NamedTuple):
    """Which offer it is, of which slot."""

    offer_id: int
    cancellation_id: int
    status: str
    created_at: datetime


def question_of(message: Message, of_number: Sequence[Any]) -> Question | None:
    """The one open question of its sender's number, else the last one that was put to it; None: none lately.

    `of_number` is what QUESTION says, nulls where it says nothing. An answer to an e-mail names its question,
    and so does a key that is pressed on a call.
    """
    if message.channel not in _NAMES_ITS_QUESTION:
        return Question(*of_number) if of_number[0] else None
    asked = Offer.objects.filter(pk=message.related.get("offer"), hold_expires_at__isnull=False)
    named = asked.values_list("pk", "cancellation_id", "status", "created_at").first()
    return Question(*named) if named else None


QUESTION = """
    SELECT id, cancellation_id, status, created_at FROM offers_offer
    WHERE phone = {phone} AND hold_expires_at IS NOT NULL
    ORDER BY status = 'pending' DESC, id DESC LIMIT 1
"""


def patient_of(message: Message) -> Patient | None:
    """The patient reached where this came from; of several, the one asked last, else the first registered."""
    number = message.from_number
    if message.channel == Channel.VOICE:
        return Patient.objects.filter(pk=message.related.get("patient")).first()
    if message.channel == Channel.EMAIL:
        asked = Patient.objects.filter(pk=message.related.get("patient"))
        return asked.first() or Patient.objects.filter(email=number).order_by("pk").first()
    offer = Offer.objects.filter(phone=number).select_related("patient").order_by("-pk").first()
    return offer.patient if offer else Patient.objects.filter(phone=number).order_by("pk").first()


def clinic_of(patient: Patient | None) -> Clinic | None:
    """The clinic that a patient's texts come from: where they wait or were last booked."""
    if patient is None:
        return None
    for rows in (patient.offers.order_by("-pk"), patient.waitlist_entries.order_by("-pk")):
        row = rows.first()
        if row is not None:
            return row.cancellation.clinic if isinstance(row, Offer) else row.clinic
    visit = patient.appointments.order_by("-pk").first()
    return visit.clinic if visit else None


def asked_at(message: Message) -> dict[str, str]:
    """Which open questions a STOP ends, as a filter: all that were put where it came from."""
    if message.channel == Channel.EMAIL:
        return {"channel": Channel.EMAIL, "patient__email": message.from_number}
    return {"phone": message.from_number}


def answered_by(offer: Offer, *, channel: str) -> None:
    """The exchange goes on where its patient answers. The caller holds the slot."""
    if offer.channel != channel:
        offer.channel = channel
        offer.save(update_fields=["channel"])


def can_be_answered(message: Message) -> bool:
    """Whether a message of ours reaches its sender: it does not reach a short code or an id of WhatsApp's."""
    return message.channel == Channel.EMAIL or phone.is_number(message.from_number)


def was_told(outcome: str, *, phone: str, now: datetime) -> bool:
    """Whether a text of this phone had that outcome lately: two machines that answer each other never end."""
    texts = Message.objects.filter(from_number=phone, direction=Direction.INBOUND, outcome=outcome)
    return texts.filter(changed_at__gt=now - TOLD_ENOUGH).exists()


def draft_to_sender(name: str, *, kind: Kind, message: Message) -> Draft:
    """An answer that is about no slot: in the patient's language, in the name of their clinic."""
    patient = patient_of(message)
    clinic = clinic_of(patient) or _any_live() or Clinic(sms_name="Waitlist")
    language = patient.language if patient else "en"
    text = texts.compose(name, language=language, clinic=clinic, channel=message.channel)
    return Draft(
        kind=kind,
        to=message.from_number,
        key=f"reply:{message.pk}",
        related=_about(patient, clinic),
        in_reply_to_id=message.pk,
        **text.fields(),
    )


def _any_live() -> Clinic | None:
    return Clinic.objects.filter(is_shadow=False).order_by("pk").first()


def _about(patient: Patient | None, clinic: Clinic) -> dict[str, int]:
    ids = {"patient": patient.pk if patient else None, "clinic": clinic.pk}
    return {name: pk for name, pk in ids.items() if pk is not None}
