"""What a patient is told of a visit that fills no slot: that it is booked, moved or cancelled."""

from __future__ import annotations

from datetime import datetime

from clinic import reaching
from clinic.models import Appointment
from clinic.states import AppointmentStatus
from core.channels import Channel
from messaging import gate, keys, outbox
from messaging.models import Kind, Message
from offers import channels, texts

CANCELLED = "cancelled"


def owe(*, appointment_id: int, now: datetime) -> bool:
    """Owe the patient the word that the visit is booked; False where nothing reaches the patient.

    The caller is in the transaction of the booking.
    """
    visit = _visit(appointment_id)
    return _owe(visit, "moved" if visit.moved_from_id else "booked", f"booked:{visit.pk}", now)


def owe_cancelled(*, appointment_id: int, now: datetime) -> bool:
    """Owe the patient the word that the visit is off; False where nothing reaches the patient.

    It leaves when the clinic's grace is over: what is undone by then was a slip of the hand. The caller is
    in the transaction of the cancelling.
    """
    visit = _visit(appointment_id)
    due_at = now + visit.clinic.grace if visit.clinic.grace else None
    return _owe(visit, CANCELLED, _key(visit.pk), now, due_at)


def knows_it_is_off(*, appointment_id: int) -> bool:
    """Whether the word that the visit is cancelled has left, or may have."""
    told = Message.objects.filter(logical_key__in=keys.tries(_key(appointment_id)))
    return told.filter(call_started_at__isnull=False).exists()


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Whether the visit is to come, and is what the text says of it: booked, or off and not booked anew.

    It is locked: whatever changes that was before, or comes after.
    """
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    visit = rows.get(pk=message.related["appointment"])
    is_off = message.template.partition("/")[0] == CANCELLED
    stands = AppointmentStatus.CANCELLED if is_off else AppointmentStatus.BOOKED
    if visit.status != stands or visit.starts_at <= now or (is_off and _is_booked_anew(visit)):
        return gate.Skip("stale")
    return gate.Go(message.body, valid_until=visit.starts_at)


def _is_booked_anew(visit: Appointment) -> bool:
    """Whether the same patient had the same time again: what is so by now is said of that visit."""
    same = Appointment.objects.filter(patient=visit.patient_id, starts_at=visit.starts_at)
    return same.filter(pk__gt=visit.pk).exists()


def _visit(appointment_id: int) -> Appointment:
    return Appointment.objects.select_related("clinic", "patient", "provider").get(pk=appointment_id)


def _key(appointment_id: int) -> str:
    return f"cancelled:{appointment_id}"


def _owe(visit: Appointment, name: str, key: str, now: datetime, due_at: datetime | None = None) -> bool:
    if visit.starts_at <= now:
        # A fact that the schedule feed brings late, or a visit that was struck out afterwards.
        return False
    channel = channels.in_writing(visit.patient, name=name)
    if channel is None:
        return False
    outbox.queue(drafts=[_draft(visit, name, key, channel)], now=now, due_at=due_at)
    return True


def _draft(visit: Appointment, name: str, key: str, channel: Channel) -> outbox.Draft:
    text = texts.compose(
        name, language=visit.patient.language, clinic=visit.clinic, slot=visit, channel=channel
    )
    return outbox.Draft(
        kind=Kind.CONFIRMATION,
        to=reaching.address(visit.patient, text.channel),
        key=key,
        related={"clinic": visit.clinic_id, "appointment": visit.pk, "patient": visit.patient_id},
        priority=texts.PRIORITIES[Kind.CONFIRMATION],
        **text.fields(),
    )
