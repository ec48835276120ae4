"""What patients are told, from the template files, and the drafts that carry it."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from clinic.models import Appointment, Clinic, Patient
from messaging.models import Kind
from messaging.outbox import Draft
from offers.models import Cancellation, Offer

# Which kind a text is, where its name is not the kind itself.
KINDS = {
    "standby": Kind.REPLY,
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


def render(
    name: str,
    *,
    language: str,
    clinic: Clinic,
    slot: Cancellation | None = None,
    until: datetime | None = None,
) -> str:
    """The text `name` in `language`; times are told in the clinic's zone."""
    context: dict[str, Any] = {"clinic": plain(clinic.sms_name), "clinic_phone": clinic.phone}
    if slot is not None:
        starts = slot.starts_at.astimezone(clinic.zone)
        context |= {
            "day": f"{starts:%a %b} {starts.day}" if language == "en" else f"{starts.day}/{starts.month}",
            "time": clock(starts),
            "zone": starts.tzname(),
            "provider": plain(slot.provider.name)[:25],
        }
    if until is not None:
        context["deadline"] = clock(until.astimezone(clinic.zone))
    return render_to_string(f"texts/{language}/{name}.txt", context).strip()


def plain(name: str) -> str:
    """A name in letters that every phone's alphabet has: one á would make two segments of one."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def clock(local: datetime) -> str:
    """1:37 PM: an absolute local time, never a duration."""
    return f"{local:%I:%M %p}".lstrip("0")


def related(*, slot: Cancellation, patient_id: int, offer: Offer | None = None) -> dict[str, int]:
    """The ids that a message about a slot carries."""
    ids = {"clinic": slot.clinic_id, "cancellation": slot.pk, "patient": patient_id}
    return ids if offer is None else {**ids, "offer": offer.pk}


def draft(name: str, *, offer: Offer, slot: Cancellation, key: str, reply_to: int | None = None) -> Draft:
    """A text about a slot to the patient who was asked."""
    kind = KINDS.get(name) or Kind(name)
    return Draft(
        kind=kind,
        to=offer.phone,
        body=render(name, language=offer.patient.language, clinic=slot.clinic, slot=slot),
        key=key,
        related=related(slot=slot, patient_id=offer.patient_id, offer=offer),
        priority=PRIORITIES.get(kind, 5),
        in_reply_to_id=reply_to,
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
    return Draft(
        kind=Kind.CONFIRMATION,
        to=patient.phone,
        body=render("confirmation", language=patient.language, clinic=slot.clinic, slot=slot),
        key=f"confirmation:visit:{appointment.pk}",
        related=related(slot=slot, patient_id=patient.pk),
        priority=PRIORITIES[Kind.CONFIRMATION],
    )
