"""The confirmation of a visit that filled no slot: booked by staff, by another program, or moved."""

from __future__ import annotations

from datetime import datetime

from clinic import reaching
from clinic.models import Appointment
from clinic.states import AppointmentStatus
from core.channels import Channel
from messaging import gate, outbox
from messaging.models import Kind, Message
from offers import channels, texts


def owe(*, appointment_id: int, now: datetime) -> bool:
    """Owe the patient the word that the visit is booked; False where nothing reaches the patient.

    The caller is in the transaction of the booking.
    """
    visits = Appointment.objects.select_related("clinic", "patient", "provider")
    visit = visits.get(pk=appointment_id)
    if visit.starts_at <= now:
        # A fact that the schedule feed brings late.
        return False
    name = "moved" if visit.moved_from_id else "booked"
    channel = channels.in_writing(visit.patient, name=name)
    if channel is None:
        return False
    outbox.queue(drafts=[_draft(visit, name, channel)], now=now)
    return True


def _draft(visit: Appointment, name: str, channel: Channel) -> outbox.Draft:
    text = texts.compose(
        name, language=visit.patient.language, clinic=visit.clinic, slot=visit, channel=channel
    )
    return outbox.Draft(
        kind=Kind.CONFIRMATION,
        to=reaching.address(visit.patient, text.channel),
        key=f"booked:{visit.pk}",
        related={"clinic": visit.clinic_id, "appointment": visit.pk, "patient": visit.patient_id},
        priority=texts.PRIORITIES[Kind.CONFIRMATION],
        **text.fields(),
    )


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Whether the visit is booked and to come. It is locked: a cancellation was before, or comes after."""
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    visit = rows.get(pk=message.related["appointment"])
    if visit.status != AppointmentStatus.BOOKED or visit.starts_at <= now:
        return gate.Skip("stale")
    return gate.Go(message.body, valid_until=visit.starts_at)
