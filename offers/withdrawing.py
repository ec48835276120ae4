"""Taking a slot back: within the grace nobody notices, later exactly those who were texted are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clinic.models import LONGEST_VISIT, Appointment
from core import audit
from messaging import outbox
from offers import slots, texts
from offers.models import Cancellation
from offers.states import FILLABLE, CancellationStatus, OfferStatus

BOOKED = "the provider is booked then"
OPEN_QUESTIONS = (OfferStatus.PENDING, OfferStatus.EXPIRED)


@transaction.atomic
def withdraw(*, cancellation_id: int, by: str, now: datetime, reason: str = "") -> Cancellation:
    """Offer the slot no more. Raises StaleState where it is filled or withdrawn already."""
    slot = slots.locked(cancellation_id)
    slots.require(slot, *FILLABLE)
    take_back(slot=slot, by=by, now=now, reason=reason)
    return slot


def booked_elsewhere(*, appointment_id: int, now: datetime) -> int:
    """A visit was booked: slots that offer its time are offered no more; how many."""
    visit = Appointment.objects.filter(pk=appointment_id).first()
    if visit is None:
        return 0
    offered = Cancellation.objects.filter(
        provider_id=visit.provider_id,
        starts_at__gt=visit.starts_at - LONGEST_VISIT,
        starts_at__lt=visit.ends_at,
        ends_at__gt=visit.starts_at,
        status__in=FILLABLE,
    ).exclude(pk=visit.fills_slot or 0)
    ids = list(offered.order_by("pk").values_list("pk", flat=True))
    return sum(take_back_if_booked(cancellation_id=pk, now=now) for pk in ids)


@transaction.atomic
def take_back_if_booked(*, cancellation_id: int, now: datetime) -> bool:
    """Withdraw the slot if the calendar has given its time away."""
    slot = slots.locked(cancellation_id)
    if slot.status not in FILLABLE or not slots.is_booked(slot):
        return False
    take_back(slot=slot, by=audit.SYSTEM, now=now, reason=BOOKED)
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
