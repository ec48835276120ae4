"""What patients are told: the words of each text filled in, and the drafts that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clinic.models import Appointment, Clinic, Patient
from messaging import segments
from messaging.models import Kind
from messaging.outbox import Draft
from offers import wordings, words
from offers.languages import LANGUAGES, Language, clock, is_told_twice
from offers.models import Cancellation, Offer

# Which kind a text is, where its name is not the kind itself.
KINDS = {
    "standby": Kind.REPLY,
    "wrong_number": Kind.REPLY,
    "declined": Kind.REPLY,
    "late_declined": Kind.REPLY,
    "already_booked": Kind.REPLY,
    "booking_stands": Kind.REPLY,
    "no_open_offer": Kind.REPLY,
    "for_staff": Kind.REPLY,
    "restarted": Kind.REPLY,
    "busy_then": Kind.REPLY,
    "closed": Kind.EXPIRED,
    "recall": Kind.EXPIRED,
}
PRIORITIES = {Kind.OFFER: 1, Kind.CONFIRMATION: 2}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is sent, and the version of the words it was made of."""

    body: str
    version: str


def render(
    name: str,
    *,
    language: str,
    clinic: Clinic,
    slot: Cancellation | None = None,
    until: datetime | None = None,
) -> str:
    """The body of the text `name`: see compose."""
    return compose(name, language=language, clinic=clinic, slot=slot, until=until).body


def compose(
    name: str,
    *,
    language: str,
    clinic: Clinic,
    slot: Cancellation | None = None,
    until: datetime | None = None,
) -> Text:
    """The text `name` in the clinic's own words, else in the standard ones, with times in the clinic's zone.

    A language without that text is answered in English.
    """
    found = words.of(name=name, language=language, clinic_id=clinic.pk)
    spoken = LANGUAGES[found.language]
    values = {
        "clinic": _named(clinic.sms_name, wordings.CLINIC_LENGTH) or spoken.absent["clinic"],
        "phone": f"{spoken.phone}{clinic.phone}" if clinic.phone else spoken.absent["phone"],
    }
    if slot is not None:
        values |= _of_slot(slot, clinic, spoken)
    if slot is not None and until is not None:
        values["deadline"] = _deadline(until.astimezone(clinic.zone), slot.starts_at.astimezone(clinic.zone))
    return Text(wordings.fill(found.body, values), found.version)


def version(name: str, *, language: str, clinic: Clinic) -> str:
    """Which words the text `name` has now: its name, its language and a digest of them."""
    return words.of(name=name, language=language, clinic_id=clinic.pk).version


def _of_slot(slot: Cancellation, clinic: Clinic, spoken: Language) -> dict[str, str]:
    starts = slot.starts_at.astimezone(clinic.zone)
    return {
        "day": spoken.day(starts),
        "time": f"{clock(starts)} {starts.tzname()}",
        "provider": _named(slot.provider.name, wordings.PROVIDER_LENGTH) or spoken.absent["provider"],
    }


def _named(name: str, length: int) -> str:
    return segments.plain(name)[:length].strip()


def _deadline(until: datetime, starts: datetime) -> str:
    """With its zone where the one beside the visit's time is another, or the clocks strike it twice."""
    is_plain = until.tzname() == starts.tzname() and not is_told_twice(until)
    return clock(until) if is_plain else f"{clock(until)} {until.tzname()}"


def related(*, slot: Cancellation, patient_id: int, offer: Offer | None = None) -> dict[str, int]:
    """The ids that a message about a slot carries."""
    ids = {"clinic": slot.clinic_id, "cancellation": slot.pk, "patient": patient_id}
    return ids if offer is None else {**ids, "offer": offer.pk}


def draft(name: str, *, offer: Offer, slot: Cancellation, key: str, reply_to: int | None = None) -> Draft:
    """A text about a slot to the patient who was asked."""
    kind = KINDS.get(name) or Kind(name)
    text = compose(name, language=offer.patient.language, clinic=slot.clinic, slot=slot)
    return Draft(
        kind=kind,
        to=offer.phone,
        body=text.body,
        key=key,
        related=related(slot=slot, patient_id=offer.patient_id, offer=offer),
        priority=PRIORITIES.get(kind, 5),
        in_reply_to_id=reply_to,
        template=text.version,
    )


def question(*, offer: Offer, slot: Cancellation) -> Draft:
    """The offer itself. Its words are made when it is handed over: the deadline is counted from then."""
    return Draft(
        kind=Kind.OFFER,
        to=offer.phone,
        body="",
        key=f"offer:{offer.pk}",
        related=related(slot=slot, patient_id=offer.patient_id, offer=offer),
        priority=PRIORITIES[Kind.OFFER],
    )


def booked_by_phone(*, slot: Cancellation, patient: Patient, appointment: Appointment) -> Draft:
    """The confirmation for a patient whom staff booked."""
    text = compose("confirmation", language=patient.language, clinic=slot.clinic, slot=slot)
    return Draft(
        kind=Kind.CONFIRMATION,
        to=patient.phone,
        body=text.body,
        key=f"confirmation:visit:{appointment.pk}",
        related=related(slot=slot, patient_id=patient.pk),
        priority=PRIORITIES[Kind.CONFIRMATION],
        template=text.version,
    )
