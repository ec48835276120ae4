"""Following what another system, whose calendar it is, says of a visit: a fact is never refused.

Nobody is texted by what is done here: whoever cancels or moves a visit there tells the patient there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic import booking, noticing
from clinic.booking import NewBooking
from clinic.models import Appointment, Notice
from clinic.signals import appointment_attended, appointment_cancelled, appointment_moved
from clinic.states import FACT_ARROWS, AppointmentStatus
from core import audit, transitions

# No word of the other system's: it may say more of a patient than a board should show.
REASON = "cancelled in the other system"
ON_THE_DAY = (AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What becomes of the time of a visit that is off: nobody is asked before `since` (UTC).

    `ask_first`: it stands on the board until a person starts it.
    """

    is_offered: bool
    since: datetime | None = None
    ask_first: bool = False


@transaction.atomic
def adopt(*, appointment_id: int, by: str, now: datetime) -> Appointment:
    """The other system knows a visit that we booked: from now on it is a fact, and may move into any time."""
    visit = _locked(appointment_id)
    if not visit.is_fact:
        visit.is_fact = True
        visit.save(update_fields=["is_fact"])
        audit.record(actor=by, verb="appointment.known_elsewhere", obj=visit, at=now)
    return visit


@transaction.atomic
def cancel(*, appointment_id: int, freed: Freed, by: str, now: datetime) -> Appointment:
    """The visit is off. Raises StaleState where it is off or moved already."""
    visit = _locked(appointment_id)
    _end(visit, AppointmentStatus.CANCELLED, freed, now, cancel_reason=REASON)
    audit.record(actor=by, verb="appointment.cancelled", obj=visit, at=now, reason=REASON)
    _tell_it_is_off(visit, now)
    appointment_cancelled.send(sender=Appointment, appointment_id=visit.pk, tells_patient=False)
    return visit


@transaction.atomic
def move(*, appointment_id: int, to: NewBooking, freed: Freed, by: str, now: datetime) -> Appointment:
    """The visit stands elsewhere: at another time, with another provider, of another kind. The new row.

    Raises BadTime for a visit that is too long, and StaleState where the old one is off or moved already.
    """
    old = _locked(appointment_id)
    _end(old, AppointmentStatus.RESCHEDULED, freed, now)
    if to.provider_id != old.provider_id:
        _tell_it_is_off(old, now)
    new = booking.place(booking=replace(to, is_fact=True, moved_from=old.pk), by=by, now=now)
    audit.record(actor=by, verb="appointment.rescheduled", obj=old, at=now, moved_to=new.pk)
    appointment_moved.send(sender=Appointment, appointment_id=old.pk, moved_to=new.pk)
    return new


@transaction.atomic
def stand(*, appointment_id: int, status: str, by: str, now: datetime) -> Appointment:
    """The visit stands so: booked, arrived, completed, a no-show. Raises StaleState where it is off or moved.

    As it stands already nothing is changed.
    """
    visit = _locked(appointment_id)
    if visit.status == status:
        return visit
    _require(visit, status)
    transitions.move(visit, to=status, arrows=FACT_ARROWS, is_fact=True)
    audit.record(actor=by, verb=f"appointment.{status}", obj=visit, at=now)
    if status in ON_THE_DAY:
        appointment_attended.send(sender=Appointment, appointment_id=visit.pk)
    return visit


def _tell_it_is_off(visit: Appointment, now: datetime) -> None:
    """Its provider, once: a no-show may have been off before."""
    if not visit.notices.filter(about=Notice.About.CANCELLED).exists():
        noticing.tell(visit=visit, about=Notice.About.CANCELLED, now=now)


def _end(visit: Appointment, to: AppointmentStatus, freed: Freed, now: datetime, **fields: Any) -> None:
    _require(visit, to)
    is_offered = freed.is_offered and visit.starts_at > now
    transitions.move(
        visit,
        to=to,
        arrows=FACT_ARROWS,
        offer_slot=is_offered,
        offer_from=freed.since if is_offered else None,
        ask_first=is_offered and freed.ask_first,
        **fields,
    )


def _require(visit: Appointment, to: str) -> None:
    if to not in FACT_ARROWS.get(visit.status, frozenset()):
        raise transitions.StaleState(f"appointment {visit.pk} is {visit.status} already")


def _locked(appointment_id: int) -> Appointment:
    return Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment_id)
