"""Holding a slot back and letting it go on: from which states, and nothing by halves."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from django.utils import timezone

from core import audit, wakeups
from core.transitions import StaleState
from offers import pausing
from offers.models import Cancellation
from offers.states import RUNNING
from tests.factories import AppointmentFactory, in_hours
from tests.offers.verb import Broken, break_after, offer_in, other_states, slot_in, stored, texts_to

pytestmark = pytest.mark.django_db


def pause(slot: Cancellation) -> Cancellation:
    return pausing.pause(cancellation_id=slot.pk, by="alice", now=timezone.now())


def resume(slot: Cancellation) -> Cancellation:
    return pausing.resume(cancellation_id=slot.pk, by="alice", now=timezone.now())


@pytest.mark.parametrize("status", RUNNING)
def test_a_slot_whose_clock_runs_is_held_back(status: str) -> None:
    offer = offer_in("pending", slot=slot_in(status))
    pause(offer.cancellation)
    slot = Cancellation.objects.get()
    assert (slot.status, slot.paused_by, slot.next_step_at) == ("paused", "alice", None)
    offer.refresh_from_db()
    assert offer.status == "pending"


@pytest.mark.parametrize("status", other_states(*RUNNING))
def test_any_other_slot_is_not_held_back_and_nothing_changes(status: str) -> None:
    slot = slot_in(status)
    before = stored()
    with pytest.raises(StaleState):
        pause(slot)
    assert stored() == before


def test_a_slot_that_was_held_back_goes_on_at_once() -> None:
    slot = slot_in("paused")
    resume(slot)
    slot.refresh_from_db()
    assert (slot.status, slot.paused_by) == ("open", "")
    assert (slot.next_step_at or slot.starts_at) <= timezone.now()


def test_a_slot_held_back_in_its_grace_goes_on_after_it() -> None:
    slot = slot_in("paused", grace_ends_at=in_hours(1))
    resume(slot)
    slot.refresh_from_db()
    assert slot.next_step_at == slot.grace_ends_at


def test_a_slot_with_questions_out_goes_on_being_offered() -> None:
    offer = offer_in("pending", slot=slot_in("paused"))
    assert resume(offer.cancellation).status == "offering"


def test_whoever_stands_by_has_a_slot_that_goes_on_before_anybody_is_asked() -> None:
    standby = offer_in("standby", slot=slot_in("paused"), responded_at=timezone.now())
    resume(standby.cancellation)
    slot = Cancellation.objects.get()
    standby.refresh_from_db()
    assert (slot.status, standby.status, texts_to(standby)) == ("filled", "accepted", ["confirmation"])


def test_a_standby_who_has_another_visit_then_lets_the_slot_be_offered() -> None:
    slot = slot_in("paused")
    standby = offer_in("standby", slot=slot, responded_at=timezone.now())
    AppointmentFactory(patient=standby.patient, starts_at=slot.starts_at)
    assert resume(slot).status == "offering"
    standby.refresh_from_db()
    assert standby.status == "withdrawn"


@pytest.mark.parametrize("status", other_states("paused"))
def test_a_slot_that_is_not_held_back_cannot_go_on_and_nothing_changes(status: str) -> None:
    slot = slot_in(status)
    before = stored()
    with pytest.raises(StaleState):
        resume(slot)
    assert stored() == before


@pytest.mark.parametrize(
    ("verb", "status", "module", "name"),
    [(pause, "offering", audit, "record"), (resume, "paused", wakeups, "wake")],
)
def test_a_verb_that_fails_late_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    verb: Callable[[Cancellation], object],
    status: str,
    module: ModuleType,
    name: str,
) -> None:
    slot = slot_in(status)
    before = stored()
    break_after(monkeypatch, module, name)
    with pytest.raises(Broken):
        verb(slot)
    assert stored() == before
