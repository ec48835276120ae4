"""The slot's one mutex and its clock. Every verb that changes an offer holds the slot's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import booking
from clinic.models import LONGEST_VISIT, Clinic, Patient, Provider
from core import audit, prepared, rows, transitions
from core.models import AuditEvent
from offers import policy
from offers.models import Cancellation, Offer
from offers.states import CANCELLATION_ARROWS, RUNNING, CancellationStatus, UnfilledReason
from waitlist.models import WaitlistEntry

# Who did it, where that was nobody of the staff.
_ACTORS = {
    audit.SYSTEM: gettext_lazy("by itself"),
    "patient": gettext_lazy("by a patient’s answer"),
}


class SlotBusy(Exception):
    """Somebody else holds the slot right now."""


def locked(cancellation_id: int, *, skip_locked: bool = False) -> Cancellation:
    """The slot, locked until the transaction ends, with clinic and provider.

    Raises Cancellation.DoesNotExist, and with `skip_locked` SlotBusy instead of waiting.
    """
    with prepared.cursor() as cursor:
        cursor.execute(_locking(skip_locked), [cancellation_id])
        found = cursor.fetchone()
    if found is not None:
        return _slot(found)
    if skip_locked and Cancellation.objects.filter(pk=cancellation_id).exists():
        raise SlotBusy
    raise Cancellation.DoesNotExist


def locked_with_offers(cancellation_id: int) -> tuple[Cancellation, list[Offer]]:
    """`locked`, and its offers as they are then: see `offers_of`. Raises Cancellation.DoesNotExist."""
    slot = locked(cancellation_id)
    return slot, offers_of(slot)


def locked_with_offer(*, cancellation_id: int | None, offer_id: int) -> tuple[Cancellation, Offer | None]:
    """`locked`, and this one of its offers; None: it is gone. Raises Cancellation.DoesNotExist."""
    if cancellation_id is None:
        raise Cancellation.DoesNotExist
    slot = locked(cancellation_id)
    with prepared.cursor() as cursor:
        cursor.execute(_offers("id"), [offer_id])
        return slot, next(iter(_offers_among(cursor.fetchall(), slot)), None)


def offers_of(slot: Cancellation) -> list[Offer]:
    """Every offer of a slot whose lock the caller holds, with patient and entry, in the order of asking."""
    with prepared.cursor() as cursor:
        cursor.execute(_offers("cancellation_id"), [slot.pk])
        return _offers_among(cursor.fetchall(), slot)


def _slot(found: Sequence[Any]) -> Cancellation:
    slot: Cancellation
    slot, slot.clinic, slot.provider = rows.built(found, Cancellation, Clinic, Provider)
    return slot


def _offers_among(found: Sequence[Sequence[Any]], slot: Cancellation) -> list[Offer]:
    offers: list[Offer] = []
    for row in found:
        offer, patient, entry = rows.built(row, Offer, Patient, WaitlistEntry)
        offer.cancellation, offer.patient, offer.entry = slot, patient, entry
        offers.append(offer)
    return offers


@cache
def _locking(skip_locked: bool) -> str:
    return f"""
        SELECT {rows.columns(Cancellation, "slot")}, {rows.columns(Clinic, "clinic")},
            {rows.columns(Provider, "provider")}
        FROM offers_cancellation slot
        JOIN clinic_clinic clinic ON clinic.id = slot.clinic_id
        JOIN clinic_provider provider ON provider.id = slot.provider_id
        WHERE slot.id = %s FOR NO KEY UPDATE OF slot {"SKIP LOCKED" if skip_locked else ""}
    """  # noqa: S608 - names of our models


@cache
def _offers(column: str) -> str:
    return f"""
        SELECT {rows.columns(Offer, "offer")}, {rows.columns(Patient, "patient")},
            {rows.columns(WaitlistEntry, "entry")}
        FROM offers_offer offer
        JOIN clinic_patient patient ON patient.id = offer.patient_id
        JOIN waitlist_waitlistentry entry ON entry.id = offer.entry_id
        WHERE offer.{column} = %s ORDER BY offer.id
    """  # noqa: S608 - names of our models


def gone(slot: Cancellation) -> type[booking.TimeGone] | None:
    """Why nobody can have the time any more, and None where somebody can.

    It is the provider's, who is not blocked, in the rooms of the visit that was there, on a day on which the
    clinic is open.
    """
    asked = {
        "slot": slot.pk,
        "freed": slot.appointment_id,
        "provider": slot.provider_id,
        "clinic": slot.clinic_id,
        "since": slot.starts_at - LONGEST_VISIT,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        **booking.near_days(slot.starts_at, slot.ends_at),
    }
    with prepared.cursor() as cursor:
        cursor.execute(_GONE, asked)
        is_booked, is_blocked, has_no_room, may_be_closed = cursor.fetchone()
    if is_booked:
        return booking.SlotTaken
    if is_blocked:
        return booking.ProviderBlocked
    if has_no_room:
        return booking.ResourceTaken
    is_closed = may_be_closed and booking.is_closed(slot.clinic_id, slot.starts_at, slot.ends_at)
    return booking.ClinicClosed if is_closed else None


def require_time(slot: Cancellation) -> None:
    """Raise StaleState, in words for staff, where nobody can have the time any more."""
    found = gone(slot)
    if found is not None:
        raise transitions.StaleState(str(_GONE_WORDS[found]))


def rooms_of(slot: Cancellation) -> tuple[int, ...]:
    """The rooms and equipment of the visit that was there."""
    if slot.appointment_id is None:
        return ()
    with prepared.cursor() as cursor:
        cursor.execute(_ROOMS, [slot.appointment_id])
        return tuple(row[0] for row in cursor.fetchall())


_GONE_WORDS = {
    booking.SlotTaken: gettext_lazy("The provider has another visit then."),
    booking.ProviderBlocked: gettext_lazy("The provider's time is blocked then."),
    booking.ResourceTaken: gettext_lazy("Its room or equipment has another visit then."),
    booking.ClinicClosed: gettext_lazy("The clinic is closed on that day."),
}
_THEN = """visit.status IN ('booked', 'arrived') AND visit.starts_at > %(since)s
        AND visit.starts_at < %(ends_at)s AND visit.ends_at > %(starts_at)s
        AND visit.fills_slot IS DISTINCT FROM %(slot)s"""
_GONE = f"""
    SELECT EXISTS (SELECT FROM clinic_appointment visit
            WHERE visit.provider_id = %(provider)s AND {_THEN}),
        EXISTS (SELECT FROM clinic_blockedtime blocked WHERE blocked.provider_id = %(provider)s
            AND (blocked.clinic_id IS NULL OR blocked.clinic_id = %(clinic)s)
            AND blocked.starts_at < %(ends_at)s AND blocked.ends_at > %(starts_at)s),
        EXISTS (SELECT FROM clinic_appointment_resources kept
            JOIN clinic_appointment_resources used ON used.resource_id = kept.resource_id
            JOIN clinic_appointment visit ON visit.id = used.appointment_id
            WHERE kept.appointment_id = %(freed)s AND {_THEN}),
        {booking.NEAR_A_CLOSURE}
"""  # noqa: S608 - constant text
_ROOMS = "SELECT resource_id FROM clinic_appointment_resources WHERE appointment_id = %s ORDER BY resource_id"


def last_useful_at(slot: Cancellation) -> datetime:
    """The last moment (UTC) at which anybody is asked."""
    return policy.last_useful_at(starts_at=slot.starts_at, lead=slot.clinic.lead)


def move(slot: Cancellation, *, to: CancellationStatus, now: datetime, **fields: Any) -> None:
    """Take a state's arrow; the clock stops unless `next_step_at` is among the fields."""
    fields = {"next_step_at": None, "waiting_for": "", "paused_by": "", **fields, "changed_at": now}
    if to == slot.status and to in RUNNING:
        touch(slot, **fields)
    else:
        transitions.move(slot, to=to, arrows=CANCELLATION_ARROWS, **fields)


def start_again(slot: Cancellation, *, to: CancellationStatus, now: datetime) -> None:
    """Start the clock of a closed slot. Raises StaleState where its time is being offered as another slot."""
    again = {"next_step_at": now, "unfilled_reason": UnfilledReason.NONE, "closed_at": None}
    try:
        with transaction.atomic():
            move(slot, to=to, now=now, **again)
    except IntegrityError as error:
        if "cancellation_one_open" not in str(error):
            raise
        raise transitions.StaleState(_("This time is being offered as another slot already.")) from None


def touch(slot: Cancellation, **fields: Any) -> None:
    """Write fields of a slot whose lock the caller holds and whose state stays."""
    for name, value in fields.items():
        setattr(slot, name, value)
    rows.update(slot, fields)


def require(slot: Cancellation, *states: str) -> None:
    """Raise StaleState, in words for staff that name who did what and when, unless in one of `states`."""
    if slot.status not in states:
        raise transitions.StaleState(_what_happened(slot))


def _what_happened(slot: Cancellation) -> str:
    state = slot.get_status_display().lower()
    done = AuditEvent.objects.filter(object_type=slot._meta.label_lower, object_id=str(slot.pk))
    last = done.filter(verb__startswith="slot.").order_by("-pk").first()
    if last is None:
        return _("This slot is %(state)s already.") % {"state": state}
    at = last.at.astimezone(slot.clinic.zone)
    who = _ACTORS.get(last.actor) or last.actor
    words = {"state": state, "who": who, "at": f"{at:%H:%M:%S %Z}"}
    return _("This slot is %(state)s already: %(who)s, at %(at)s.") % words
