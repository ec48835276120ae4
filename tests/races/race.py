"""Threads that start at one instant, and what must hold whoever was first."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from clinic.models import Clinic, Provider, VisitType
from core.transitions import StaleState
from messaging import events, inbox
from messaging import sweeping as outgoing
from messaging.models import Kind, Message, ProviderEvent
from offers import opening, replies, sweeping
from offers.models import Cancellation, Offer
from ops import invariants
from tests import factories

# How often each meeting is repeated; `make soak` and `make mutants` take fifty.
TIMES = int(os.environ.get("RACES") or 12)
LONGEST_SECONDS = 60


def at_once(*verbs: Callable[[], object]) -> None:
    """Run the verbs at one instant, each on a connection of its own; being too late is an answer."""
    barrier = threading.Barrier(len(verbs), timeout=LONGEST_SECONDS)
    errors: list[Exception] = []

    def run(verb: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            verb()
        except StaleState:
            return
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@dataclass(kw_only=True)
class World:
    """A clinic that texts at any hour, without grace, caps or cool-down."""

    clinic: Clinic
    provider: Provider
    visit_type: VisitType

    @classmethod
    def make(cls, *, people: int, seats: int = 3) -> World:
        freely = {"offers_per_day": 1000, "offers_per_week": 1000, "cool_down_minutes": 0, "grace_seconds": 0}
        hours = {"contact_hours_start": time(0), "contact_hours_end": time(0)}
        clinic = factories.ClinicFactory.create(batch_size=seats, **freely, **hours)
        visit_type = factories.VisitTypeFactory.create()
        for _ in range(people):
            factories.WaitlistEntryFactory.create(clinic=clinic, visit_type=visit_type, provider=None)
        provider = factories.ProviderFactory.create(clinics=[clinic])
        return cls(clinic=clinic, provider=provider, visit_type=visit_type)

    def opened(self, *, hours: int = 48) -> Cancellation:
        """A slot that nobody has been asked about yet."""
        now = timezone.now()
        slot = opening.NewSlot(
            clinic_id=self.clinic.pk,
            provider_id=self.provider.pk,
            visit_type_id=self.visit_type.pk,
            starts_at=now + timedelta(hours=hours),
            ends_at=now + timedelta(hours=hours, minutes=30),
        )
        return opening.open_slot(slot=slot, by="desk", now=now)

    def asked(self) -> list[Offer]:
        """The offers of a slot whose texts are out, best first."""
        slot = self.opened()
        settle()
        return list(slot.offers.select_related("cancellation").order_by("rank"))


def says(offer: Offer, body: str) -> int:
    """The patient's text, read in and not yet answered; its id."""
    sid = f"SM{ProviderEvent.objects.count():032x}"
    ProviderEvent.objects.create(
        sid=sid,
        kind=events.INBOUND,
        phone=offer.phone,
        payload={"Body": body, "To": "+15005550006"},
        received_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )
    inbox.sweep(now=timezone.now())
    return Message.objects.get(twilio_sid=sid).pk


def answers(message_ids: Sequence[int]) -> list[Callable[[], object]]:
    """One verb for each text to be answered."""
    return [lambda pk=pk: replies.answer(message_id=pk, now=timezone.now()) for pk in message_ids]  # type: ignore[misc]


def settle() -> None:
    """Sweep until nothing is due."""
    for _ in range(4):
        sweeping.sweep_answers(now=timezone.now())
        sweeping.sweep_slots(now=timezone.now())
        outgoing.sweep_outbox(clock=timezone.now)


def held(slot: Cancellation, *, now: datetime | None = None) -> None:
    """What must be true of a slot after any race: see docs/architecture.md."""
    settle()
    slot.refresh_from_db()
    winners = slot.offers.filter(status="accepted").count()
    assert winners <= 1
    assert dict(invariants.violations(now=now or timezone.now())) == {}
    endings = (Kind.CONFIRMATION, Kind.TAKEN)
    about = Message.objects.filter(related__contains={"cancellation": slot.pk}, kind__in=endings)
    told = Counter(about.order_by("pk").values_list("to", flat=True))
    assert set(told.values()) <= {1}
    assert not Message.objects.filter(direction="inbound", status="received").exists()
