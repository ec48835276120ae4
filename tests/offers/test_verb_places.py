"""Filling a place that came free: who is asked, from which state, and all or nothing."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.db import connection
from django.utils import timezone

from messaging import outbox
from offers import declining, rounds, seating
from offers.models import Cancellation
from offers.states import FAILED, RUNNING, CancellationStatus, OfferStatus
from tests.factories import ClinicFactory, OfferFactory, RoundFactory, WaitlistEntryFactory, in_hours
from tests.offers.verb import Broken, break_after, other_states, slot_in, stored
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def one_failed(status: str = "offering", **fields: object) -> tuple[Cancellation, WaitlistEntry]:
    """A slot with one question open and one that failed, and somebody who waits."""
    slot = slot_in(status, clinic=ClinicFactory(batch_size=2, cool_down_minutes=0), **fields)
    round_ = RoundFactory(cancellation=slot, number=1, places=2)
    for stands in ("pending", "undeliverable"):
        OfferFactory(cancellation=slot, round=round_, status=stands, hold_expires_at=in_hours(1))
    entry = WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    return slot, entry


def step(slot: Cancellation) -> str:
    return rounds.advance(cancellation_id=slot.pk, now=timezone.now())


@pytest.mark.parametrize("status", RUNNING)
def test_whoever_is_next_is_asked_beside_the_others(status: str) -> None:
    slot, carol = one_failed(status)
    assert step(slot) == "asked 1 more"
    slot.refresh_from_db()
    assert (slot.status, slot.waiting_for) == ("offering", "answers")
    pending = slot.offers.filter(status="pending").order_by("pk")
    assert list(pending.values_list("round__number", flat=True)) == [1, 2]
    assert carol.offers.get().hold_expires_at is None
    assert seating.free(slot=slot) == 0


@pytest.mark.parametrize("status", other_states(*RUNNING))
def test_a_place_of_a_slot_that_is_not_running_is_not_filled(status: CancellationStatus) -> None:
    slot, _ = one_failed(status)
    before = stored()
    assert step(slot) == "not due"
    assert stored() == before


def test_a_place_that_cannot_be_filled_wholly_is_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, _ = one_failed()
    before = stored()
    break_after(monkeypatch, outbox, "queue")
    with pytest.raises(Broken):
        step(slot)
    assert stored() == before


@pytest.mark.parametrize("to", FAILED)
def test_rule_9_a_question_that_fails_makes_the_next_step_due_at_once(to: OfferStatus) -> None:
    slot, _ = one_failed(next_step_at=in_hours(1))
    slot.offers.filter(status="undeliverable").update(status="pending")
    bob = slot.offers.latest("pk")
    assert seating.free(slot=slot) == 0
    assert declining.end(offer_id=bob.pk, to=to, now=timezone.now())
    slot.refresh_from_db()
    assert (slot.next_step_at or slot.starts_at) <= timezone.now()


def test_an_open_slot_counts_the_places_of_rounds_that_are_running() -> None:
    slot, _ = one_failed()
    assert seating.free(slot=slot) == 1
    slot.offers.update(status="declined")
    assert seating.free(slot=slot) == 2


def test_a_round_that_runs_while_the_program_is_changed_has_the_places_of_those_it_asked() -> None:
    slot, _ = one_failed()
    slot.rounds.update(places=0)
    folder = import_module("offers.migrations")
    name = next(found.name for found in iter_modules(folder.__path__) if "places_of_a_round" in found.name)
    with connection.cursor() as cursor:
        cursor.execute(import_module(f"offers.migrations.{name}").ASKED)
    assert (slot.rounds.get().places, seating.free(slot=slot)) == (2, 1)
