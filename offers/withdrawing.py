"""Taking a slot back: within the grace nobody notices, later exactly those who were texted are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from clinic.booking import NewBooking
from clinic.models import LONGEST_VISIT, Appointment, BlockedTime
from core import audit
from messaging import outbox
from offers import slots, texts
from offers.models import Cancellation
from offers.states import FILLABLE, CancellationStatus, OfferStatus

OPEN_QUESTIONS = (OfferStatus.PENDING, OfferStatus.EXPIRED)


@transaction.atomic
def withdraw(*, cancellation_id: int, by: str, now: datetime, reason: str = "") -> Cancellation:
    """Offer the slot no more. Raises StaleState where it is filled or withdrawn already."""
    slot = slots.locked(cancellation_id)
    slots.require(slot, *FILLABLE)
    take_back(slot=slot, by=by, now=now, reason=reason)
    return slot


def booked_elsewhere(*, appointment_id: int, now: datetime) -> int:
    """A visit was booked: slots that offer its time, or its room, are offered no more; how many."""
    visit = Appointment.objects.filter(pk=appointment_id).first()
    if visit is None:
        return 0
    rooms = visit.resources.order_by("pk").values_list("pk", flat=True)
    ids = _offering(visit.provider_id, list(rooms), visit.starts_at, visit.ends_at)
    return sum(take_back_if_gone(cancellation_id=pk, now=now) for pk in ids if pk != visit.fills_slot)


def in_the_way(*, appointment_ids: Sequence[int]) -> list[int]:
    """Those of the visits whose time, or whose room in it, a slot offers; one query for all of them."""
    offered = Cancellation.objects.filter(
        Q(provider_id=OuterRef("provider_id")) | Q(appointment__resources__appointments=OuterRef("pk")),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
        status__in=FILLABLE,
    )
    visits = Appointment.objects.active().filter(Exists(offered), pk__in=appointment_ids)
    return list(visits.order_by("pk").values_list("pk", flat=True))


def hold_offered(*, visit: NewBooking) -> list[int]:
    """Hold the slots that offer the time of a visit which is about to be booked; their ids.

    For a booking that takes them back in its own transaction: slots are locked before visits.
    """
    ids = _offering(visit.provider_id, visit.resource_ids, visit.starts_at, visit.ends_at)
    for pk in ids:
        slots.locked(pk)
    return ids


def hold_blocked(*, time: BlockedTime) -> list[int]:
    """As `hold_offered`, for a time in which the provider is about to be blocked, however long it is."""
    offered = Cancellation.objects.filter(
        provider_id=time.provider_id, starts_at__lt=time.ends_at, ends_at__gt=time.starts_at
    )
    if time.clinic_id is not None:
        offered = offered.filter(clinic_id=time.clinic_id)
    ids = list(offered.filter(status__in=FILLABLE).order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        slots.locked(pk)
    return ids


def _offering(provider_id: int, room_ids: Sequence[int], starts_at: datetime, ends_at: datetime) -> list[int]:
    """The slots that offer a provider's time, or the rooms in it."""
    offered = Cancellation.objects.filter(
        Q(provider_id=provider_id) | Q(appointment__resources__in=room_ids),
        starts_at__gt=starts_at - LONGEST_VISIT,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
        status__in=FILLABLE,
    )
    return sorted(set(offered.values_list("pk", flat=True)))


@transaction.atomic
def take_back_if_gone(*, cancellation_id: int, now: datetime) -> bool:
    """Withdraw the slot if nobody can have its time any more."""
    slot = slots.locked(cancellation_id)
    gone = slots.gone(slot) if slot.status in FILLABLE else None
    if gone is None:
        return False
    take_back(slot=slot, by=audit.SYSTEM, now=now, reason=gone.why)
    return True


def take_back(*, slot: Cancellation, by: str, now: datetime, reason: str) -> None:
    """`withdraw`, for a caller that holds the slot."""
    texted = slot.offers.filter(status__in=OPEN_QUESTIONS, hold_expires_at__isnull=False, responded_at=None)
    drafts = [
        texts.draft("recall", offer=offer, slot=slot, key=f"recall:{offer.pk}")
        for offer in texted.select_related("patient").order_by("pk")
    ]
    slot.offers.filter(status=OfferStatus.PENDING).update(status=OfferStatus.WITHDRAWN)
    slots.move(slot, to=CancellationStatus.WITHDRAWN, now=now, closed_at=now, unfilled_reason="")
    outbox.queue(drafts=drafts, now=now)
    audit.record(actor=by, verb="slot.withdrawn", obj=slot, at=now, reason=reason, told=len(drafts))
