"""A slot comes free: logged by staff, or by the cancelling of an appointment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import booking, cancelling
from clinic.models import LONGEST_VISIT, Appointment, Provider
from clinic.states import FREED, AppointmentStatus
from core import audit, wakeups
from offers import tasks
from offers.models import Cancellation
from offers.states import CLOSED, CancellationStatus


class BadSlot(Exception):
    """A slot that cannot be offered; `field` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """A free time as staff log it. Times are aware.

    `tells_patient`: whether the patient of a visit that is cancelled with it is owed the word of that.
    """

    clinic_id: int
    provider_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    tells_patient: bool = True


@transaction.atomic
def open_slot(*, slot: NewSlot, by: str, now: datetime) -> Cancellation:
    """Log a free time; the first texts go out after the clinic's grace.

    An appointment of ours at exactly this time is cancelled with it, unless it filled a slot: that one is
    to be reopened, which knows its standby. Raises BadSlot and then stores nothing.
    """
    booked = look_at(slot=slot, now=now)
    if booked is not None:
        said: dict[str, Any] = {"reason": slot.reason, "tells_patient": slot.tells_patient}
        cancelling.cancel(appointment_id=booked.pk, by=by, now=now, **said)
    try:
        return _insert(slot, appointment=booked, by=by, now=now)
    except IntegrityError as error:
        if "cancellation_one_open" not in str(error):
            raise
        raise BadSlot("starts_at", _offered_by(slot)) from None


def look_at(*, slot: NewSlot, now: datetime) -> Appointment | None:
    """Whether the time could be logged, and which visit would be cancelled with it. Raises BadSlot."""
    _check(slot, now)
    offered = Cancellation.objects.filter(provider_id=slot.provider_id, starts_at=slot.starts_at)
    if offered.exclude(status__in=CLOSED).exists():
        raise BadSlot("starts_at", _offered_by(slot))
    return _booked_then(slot)


@transaction.atomic
def open_freed(*, appointment_id: int, now: datetime) -> Cancellation | None:
    """Offer the time of a visit that is off or moved; None where it is not to be offered, or is already.

    Nobody is asked before the visit says so, and where staff are to decide the slot stands paused.
    The time of one that filled a slot is that slot's: see reopening.slot_freed.
    """
    appointment = (
        Appointment.objects.select_for_update(of=("self",), no_key=True).filter(pk=appointment_id).first()
    )
    if appointment is None or appointment.status not in FREED:
        return None
    if not appointment.offer_slot or appointment.starts_at <= now or appointment.fills_slot:
        return None
    if appointment.is_replaced():
        return None
    if Cancellation.objects.filter(appointment=appointment).exists():
        return None
    slot = NewSlot(
        clinic_id=appointment.clinic_id,
        provider_id=appointment.provider_id,
        visit_type_id=appointment.visit_type_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        reason=appointment.cancel_reason,
    )
    try:
        return _insert(slot, appointment=appointment, by=audit.SYSTEM, now=now)
    except IntegrityError as error:
        if "cancellation_one_open" not in str(error):
            raise
        return None


def _offered_by(slot: NewSlot) -> str:
    """Who was faster with this slot."""
    offered = Cancellation.objects.filter(provider_id=slot.provider_id, starts_at=slot.starts_at)
    first = offered.exclude(status__in=CLOSED).select_related("clinic").order_by("-pk").first()
    if first is None:
        return _("This slot is being offered already.")
    at = f"{first.created_at.astimezone(first.clinic.zone):%H:%M:%S %Z}"
    if first.logged_by == audit.SYSTEM:
        return _("This slot is being offered already: its visit was cancelled at %(at)s.") % {"at": at}
    words = {"who": first.logged_by, "at": at}
    return _("This slot is being offered already: %(who)s logged it at %(at)s.") % words


def _check(slot: NewSlot, now: datetime) -> None:
    if slot.starts_at <= now:
        raise BadSlot("starts_at", _("This slot has begun already."))
    if slot.ends_at <= slot.starts_at:
        raise BadSlot("duration_minutes", _("The slot ends before it starts."))
    if slot.ends_at - slot.starts_at > LONGEST_VISIT:
        raise BadSlot("duration_minutes", _("A slot is at most 12 hours long."))
    if slot.starts_at > now + timedelta(days=730):
        raise BadSlot("starts_at", _("This slot is more than two years away."))
    if not Provider.objects.filter(pk=slot.provider_id, clinics=slot.clinic_id).exists():
        raise BadSlot("provider", _("This provider does not work at that clinic."))
    if booking.is_closed(slot.clinic_id, slot.starts_at, slot.ends_at):
        raise BadSlot("starts_at", _("The clinic is closed on that day."))


def _booked_then(slot: NewSlot) -> Appointment | None:
    then = Appointment.objects.active().overlapping(slot.starts_at, slot.ends_at)
    booked = list(then.filter(provider_id=slot.provider_id).order_by("pk")[:2])
    if not booked:
        return None
    same = booked[0].starts_at == slot.starts_at and booked[0].status == AppointmentStatus.BOOKED
    if len(booked) > 1 or not same:
        raise BadSlot("starts_at", _("The provider has a visit then. Cancel that visit instead."))
    number = booked[0].fills_slot
    if number:
        told = {"number": number}
        raise BadSlot("starts_at", _("Slot %(number)s was filled with this time. Reopen it instead.") % told)
    return booked[0]


def _insert(slot: NewSlot, *, appointment: Appointment | None, by: str, now: datetime) -> Cancellation:
    with transaction.atomic():
        cancellation = Cancellation(
            clinic_id=slot.clinic_id,
            provider_id=slot.provider_id,
            visit_type_id=slot.visit_type_id,
            appointment=appointment,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            reason=slot.reason,
            logged_by=by,
            created_at=now,
            changed_at=now,
        )
        cancellation.is_shadow = cancellation.clinic.is_shadow
        settles_at = appointment.offer_from if appointment is not None else None
        cancellation.grace_ends_at = settles_at or now + cancellation.clinic.grace
        if appointment is not None and appointment.ask_first:
            cancellation.status, cancellation.paused_by = CancellationStatus.PAUSED, audit.SYSTEM
        else:
            cancellation.next_step_at = cancellation.grace_ends_at
            waits = cancellation.grace_ends_at > now
            cancellation.waiting_for = "the end of the grace time" if waits else ""
        cancellation.save(force_insert=True)
    audit.record(actor=by, verb="slot.opened", obj=cancellation, at=now, reason=slot.reason)
    if cancellation.next_step_at is not None and cancellation.next_step_at <= now:
        wakeups.wake(tasks.advance, cancellation_id=cancellation.pk)
    return cancellation
