"""What patients are told: the words of each text filled in, and the drafts that carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic import reaching
from clinic.models import Appointment, Clinic, Patient, Provider
from core.channels import Channel
from messaging import segments
from messaging.models import Kind
from messaging.outbox import Draft
from offers import channels, mailings, wordings, words
from offers.languages import LANGUAGES, Language, clock, is_told_twice
from offers.models import Cancellation, Offer, WhatsAppTemplate
from offers.speech import SPEECH, Speech, digits

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
    **dict.fromkeys(("ask_cancel", "visit_confirmed", "visit_cancelled", "visit_kept"), Kind.REPLY),
    **dict.fromkeys(("visit_gone", "visit_for_staff"), Kind.REPLY),
    "booked": Kind.CONFIRMATION,
    "moved": Kind.CONFIRMATION,
    "cancelled": Kind.CONFIRMATION,
    "closed": Kind.EXPIRED,
    "recall": Kind.EXPIRED,
    **dict.fromkeys(("undone", "undone_kept", "undone_lost"), Kind.UNDONE),
    "test": Kind.TEST,
    "call_offer": Kind.OFFER,
    "call_again": Kind.OFFER,
    "call_goodbye": Kind.OFFER,
    "call_closed": Kind.EXPIRED,
    "call_wait": Kind.REPLY,
    "call_confirmation": Kind.CONFIRMATION,
    "call_standby": Kind.REPLY,
    "call_declined": Kind.REPLY,
    "call_booking_stands": Kind.REPLY,
    "call_busy_then": Kind.REPLY,
    "call_for_staff": Kind.REPLY,
    "call_optout_notice": Kind.OPTOUT_NOTICE,
}
# Another in each text: offers.linking puts it in. No name holds a brace, so it is the only one left by then.
_LATER = {"link": "{link}"}
PRIORITIES = {Kind.OFFER: 1, Kind.CONFIRMATION: 2, Kind.UNDONE: 2}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is sent, and the version of the words it was made of.

    An e-mail has a subject; WhatsApp has `content`, the approved words and what fills them.
    """

    body: str
    version: str
    channel: str = Channel.SMS
    subject: str = ""
    language: str = "en"
    content: Mapping[str, Any] | None = None

    def fields(self) -> dict[str, Any]:
        """What a draft takes over of it."""
        names = ("body", "channel", "subject", "language", "content")
        return {name: getattr(self, name) for name in names} | {"template": self.version}


def render(
    name: str,
    *,
    language: str,
    clinic: Clinic,
    slot: Cancellation | Appointment | None = None,
    until: datetime | None = None,
) -> str:
    """The body of the text `name`: see compose."""
    return compose(name, language=language, clinic=clinic, slot=slot, until=until).body


def compose(
    name: str,
    *,
    language: str,
    clinic: Clinic,
    slot: Cancellation | Appointment | None = None,
    until: datetime | None = None,
    channel: str = Channel.SMS,
) -> Text:
    """The text `name` in the clinic's own words, else in the standard ones, with times in the clinic's zone.

    A language without that text is answered in English. What WhatsApp has approved no words for is a text.
    """
    found, values = _begun(name, language, clinic)
    spoken = LANGUAGES[found.language]
    voice = SPEECH[found.language] if wordings.RULES[name].is_spoken else None
    if slot is not None:
        values |= _of_slot(slot, clinic, spoken) | (_said(slot, clinic, voice) if voice else {})
    if slot is not None and until is not None:
        values["deadline"] = _deadline(until.astimezone(clinic.zone), slot.starts_at.astimezone(clinic.zone))
    return _carried(name, found, values, channel)


def of_provider(name: str, *, language: str, clinic: Clinic, provider: Provider, channel: str) -> Text:
    """As compose, for a text that is said in the name of a provider and is about no visit."""
    found, values = _begun(name, language, clinic)
    values["provider"] = _provider(provider, LANGUAGES[found.language])
    return _carried(name, found, values, channel)


def _begun(name: str, language: str, clinic: Clinic) -> tuple[words.Words, dict[str, str]]:
    """The words, and what fills them whatever they are about."""
    found = words.of(name=name, language=language, clinic_id=clinic.pk)
    spoken = LANGUAGES[found.language]
    number = digits(clinic.phone) if wordings.RULES[name].is_spoken else clinic.phone
    return found, _LATER | {
        "clinic": _named(clinic.sms_name, wordings.CLINIC_LENGTH) or spoken.absent["clinic"],
        "phone": f"{spoken.phone}{number}" if clinic.phone else spoken.absent["phone"],
    }


def _carried(name: str, found: words.Words, values: dict[str, str], channel: str) -> Text:
    body = wordings.fill(found.body, values)
    if channel == Channel.EMAIL:
        mailing = mailings.of(name=name, language=found.language)
        values[mailings.TEXT] = body
        subject = wordings.fill(mailing.subject, values)
        words_of = wordings.fill(mailing.body, values)
        return Text(words_of, mailing.version, channel, subject, found.language)
    content = _approved(name, found.language, values) if channel == Channel.WHATSAPP else None
    carried = Channel.SMS if channel == Channel.WHATSAPP and content is None else channel
    return Text(body, found.version, carried, "", found.language, content)


def _approved(name: str, language: str, values: Mapping[str, str]) -> dict[str, Any] | None:
    template = WhatsAppTemplate.objects.filter(name=name, language=language).first()
    if template is None or not set(template.names) <= set(values):
        return None
    numbered = {str(number): values[key] for number, key in enumerate(template.names, start=1)}
    return {"sid": template.content_sid, "variables": numbered}


def version(name: str, *, language: str, clinic: Clinic) -> str:
    """Which words the text `name` has now: its name, its language and a digest of them."""
    return words.of(name=name, language=language, clinic_id=clinic.pk).version


def _of_slot(slot: Cancellation | Appointment, clinic: Clinic, spoken: Language) -> dict[str, str]:
    starts = slot.starts_at.astimezone(clinic.zone)
    return {
        "day": spoken.day(starts),
        "time": f"{clock(starts)} {starts.tzname()}",
        "provider": _provider(slot.provider, spoken),
    }


def _provider(provider: Provider, spoken: Language) -> str:
    return _named(provider.name, wordings.PROVIDER_LENGTH) or spoken.absent["provider"]


def _said(slot: Cancellation | Appointment, clinic: Clinic, voice: Speech) -> dict[str, str]:
    """Without the zone, which is the clinic's: a voice would spell it."""
    starts = slot.starts_at.astimezone(clinic.zone)
    return {"day": voice.day(starts), "time": voice.time(starts)}


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
    language = offer.patient.language
    text = compose(name, language=language, clinic=slot.clinic, slot=slot, channel=offer.channel)
    return Draft(
        kind=kind,
        to=channels.address_of(offer),
        key=key,
        related=related(slot=slot, patient_id=offer.patient_id, offer=offer),
        priority=PRIORITIES.get(kind, 5),
        in_reply_to_id=reply_to,
        **text.fields(),
    )


def question(*, offer: Offer, slot: Cancellation) -> Draft:
    """The offer itself. Its words are made when it is handed over: the deadline is counted from then."""
    return Draft(
        kind=Kind.OFFER,
        channel=offer.channel,
        to=channels.address_of(offer),
        body="",
        key=f"offer:{offer.pk}",
        related=related(slot=slot, patient_id=offer.patient_id, offer=offer),
        priority=PRIORITIES[Kind.OFFER],
    )


def booked_by_phone(*, slot: Cancellation, patient: Patient, appointment: Appointment) -> Draft | None:
    """The confirmation for a patient whom staff booked; None for one whom nothing reaches."""
    channel = channels.in_writing(patient, name="confirmation")
    if channel is None:
        return None
    text = compose("confirmation", language=patient.language, clinic=slot.clinic, slot=slot, channel=channel)
    return Draft(
        kind=Kind.CONFIRMATION,
        to=reaching.address(patient, text.channel),
        key=f"confirmation:visit:{appointment.pk}",
        related={**related(slot=slot, patient_id=patient.pk), "appointment": appointment.pk},
        priority=PRIORITIES[Kind.CONFIRMATION],
        **text.fields(),
    )
