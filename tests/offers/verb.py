"""What the tests of a verb need: rows in any state, something that breaks late, and all that is stored."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from clinic.models import Appointment
from core.models import AuditEvent
from messaging.models import Message
from offers.models import Cancellation, Offer, Round, StaffCall
from offers.states import CancellationStatus, OfferStatus
from tests.factories import AppointmentFactory, CancellationFactory, OfferFactory, in_hours
from waitlist.models import WaitlistEntry

MODELS: tuple[type[Model], ...] = (
    Appointment,
    AuditEvent,
    Cancellation,
    Message,
    Offer,
    Round,
    StaffCall,
    WaitlistEntry,
)


class Broken(Exception):
    """What a verb stumbles over."""


def break_after(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Let `module.name` do its work and raise Broken then."""
    original = getattr(module, name)

    def broken(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        raise Broken

    monkeypatch.setattr(module, name, broken)


def stored() -> dict[str, list[dict[str, Any]]]:
    """Every row that a verb of this room may write."""
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in MODELS}


def other_states(*states: str) -> list[CancellationStatus]:
    """Every state of a slot but these."""
    return [state for state in CancellationStatus if state not in states]


def other_offer_states(*states: str) -> list[OfferStatus]:
    """Every state of an offer but these."""
    return [state for state in OfferStatus if state not in states]


def slot_in(status: str, **fields: Any) -> Cancellation:
    """A slot in this state, with nobody asked."""
    slot: Cancellation = CancellationFactory(status=status, **fields)
    return slot


def offer_in(status: str, *, slot: Cancellation | None = None, **fields: Any) -> Offer:
    """A question in this state that was put a minute ago, for a slot that is being offered."""
    slot = slot or slot_in(CancellationStatus.OFFERING)
    held = {"hold_expires_at": in_hours(1), "status": status}
    offer: Offer = OfferFactory(cancellation=slot, **{**held, **fields})
    return offer


def filled() -> tuple[Cancellation, Offer, Appointment]:
    """A slot that was filled by a text: with its winner and the visit."""
    winner = offer_in(OfferStatus.ACCEPTED, slot=slot_in(CancellationStatus.FILLED), entry__status="matched")
    slot = winner.cancellation
    visit: Appointment = AppointmentFactory(
        clinic=slot.clinic,
        provider=slot.provider,
        visit_type=slot.visit_type,
        patient=winner.patient,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        source=Appointment.Source.OFFER,
        fills_slot=slot.pk,
        created_at=timezone.now(),
    )
    return slot, winner, visit


def texts_to(offer: Offer) -> list[str]:
    """The kinds of the texts that are owed to whoever was asked, in order."""
    owed = Message.objects.filter(to=offer.phone, status="queued").order_by("pk")
    return list(owed.values_list("kind", flat=True))
