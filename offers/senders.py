"""Who it is that texts us, and which question of ours a text answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.models import Clinic, Patient
from messaging.models import Direction, Kind, Message
from messaging.outbox import Draft
from offers import texts
from offers.models import Offer
from offers.states import OfferStatus

# Somebody who is told that nothing is open for them is not told so again for as long.
TOLD_ENOUGH = timedelta(hours=1)


def question_of(phone: str) -> Offer | None:
    """The one open question of this number, else the last one that was put to it; None: none lately."""
    return next(iter(Offer.objects.raw(_QUESTION, [phone, OfferStatus.PENDING])), None)


_QUESTION = """
    SELECT id, cancellation_id FROM offers_offer WHERE phone = %s AND hold_expires_at IS NOT NULL
    ORDER BY status = %s DESC, id DESC LIMIT 1
"""


def patient_of(phone: str) -> Patient | None:
    """The patient reached at this number; of several, the one asked last, else the first registered."""
    offer = Offer.objects.filter(phone=phone).select_related("patient").order_by("-pk").first()
    return offer.patient if offer else Patient.objects.filter(phone=phone).order_by("pk").first()


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


def was_told(outcome: str, *, phone: str, now: datetime) -> bool:
    """Whether a text of this phone had that outcome lately: two machines that answer each other never end."""
    texts = Message.objects.filter(from_number=phone, direction=Direction.INBOUND, outcome=outcome)
    return texts.filter(changed_at__gt=now - TOLD_ENOUGH).exists()


def draft_to_sender(name: str, *, kind: Kind, message: Message) -> Draft:
    """An answer that is about no slot: in the patient's language, in the name of their clinic."""
    patient = patient_of(message.from_number)
    clinic = clinic_of(patient) or Clinic.objects.order_by("pk").first() or Clinic(sms_name="Waitlist")
    text = texts.compose(name, language=patient.language if patient else "en", clinic=clinic)
    return Draft(
        kind=kind,
        to=message.from_number,
        body=text.body,
        key=f"reply:{message.pk}",
        related=_about(patient, clinic),
        in_reply_to_id=message.pk,
        template=text.version,
    )


def _about(patient: Patient | None, clinic: Clinic) -> dict[str, int]:
    ids = {"patient": patient.pk if patient else None, "clinic": clinic.pk}
    return {name: pk for name, pk in ids.items() if pk is not None}
