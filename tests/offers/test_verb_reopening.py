"""The winner drops out: from which states, who is next, and nothing by halves."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic import cancelling
from clinic.models import Appointment
from core import wakeups
from core.transitions import StaleState
from messaging import outbox
from offers import reopening
from offers.models import Cancellation
from tests.factories import AppointmentFactory
from tests.offers.verb import (
    Broken,
    break_after,
    filled,
    offer_in,
    other_offer_states,
    other_states,
    slot_in,
    stored,
    texts_to,
)

pytestmark = pytest.mark.django_db


def reopen(slot: Cancellation) -> Cancellation:
    return reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now(), reason="ill")


def test_a_filled_slot_is_taken_from_its_winner_and_offered_again() -> None:
    slot, winner, visit = filled()
    reopen(slot)
    for row in (slot, winner, visit, winner.entry):
        row.refresh_from_db()
    assert (slot.status, slot.closed_at) == ("offering", None)
    assert (slot.next_step_at or slot.starts_at) <= timezone.now()
    assert (winner.status, winner.entry.status, visit.status) == ("released", "waiting", "cancelled")


def test_the_standby_has_the_slot_before_anybody_else_is_asked() -> None:
    slot, _, _ = filled()
    standby = offer_in("standby", slot=slot, responded_at=timezone.now())
    reopen(slot)
    slot.refresh_from_db()
    standby.refresh_from_db()
    assert (slot.status, standby.status, texts_to(standby)) == ("filled", "accepted", ["confirmation"])
    assert Appointment.objects.active().get(fills_slot=slot.pk).patient == standby.patient


@pytest.mark.parametrize("status", other_offer_states("standby", "accepted"))
def test_nobody_but_a_standby_is_booked_without_being_asked(status: str) -> None:
    slot, _, _ = filled()
    offer = offer_in(status, slot=slot)
    reopen(slot)
    offer.refresh_from_db()
    assert (offer.status, texts_to(offer)) == (status, [])


@pytest.mark.parametrize("status", other_states("filled"))
def test_a_slot_that_is_not_filled_is_refused_and_nothing_changes(status: str) -> None:
    slot = slot_in(status)
    before = stored()
    with pytest.raises(StaleState):
        reopen(slot)
    assert stored() == before


def test_a_slot_that_has_begun_is_refused_and_nothing_changes() -> None:
    slot, _, _ = filled()
    before = stored()
    with pytest.raises(StaleState):
        reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=slot.starts_at)
    assert stored() == before


def test_a_slot_whose_patient_has_arrived_is_refused_and_nothing_changes() -> None:
    slot, _, visit = filled()
    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    before = stored()
    with pytest.raises(StaleState):
        reopen(slot)
    assert stored() == before


def test_a_reopening_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, _, _ = filled()
    before = stored()
    break_after(monkeypatch, wakeups, "wake")
    with pytest.raises(Broken):
        reopen(slot)
    assert stored() == before


def test_a_standby_s_booking_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, _, _ = filled()
    offer_in("standby", slot=slot)
    before = stored()
    break_after(monkeypatch, outbox, "queue")
    with pytest.raises(Broken):
        reopen(slot)
    assert stored() == before


def test_the_time_of_a_visit_that_filled_a_slot_is_that_slot_s() -> None:
    slot, _, visit = filled()
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=timezone.now())
    freed = reopening.slot_freed(appointment_id=visit.pk, now=timezone.now())
    assert freed == slot
    assert reopening.slot_freed(appointment_id=visit.pk, now=timezone.now()) is None
    assert Cancellation.objects.count() == 1


def test_the_time_of_a_visit_that_stands_is_not_freed() -> None:
    slot, _, visit = filled()
    before = stored()
    assert reopening.slot_freed(appointment_id=visit.pk, now=timezone.now()) is None
    assert reopening.slot_freed(appointment_id=AppointmentFactory().pk, now=timezone.now()) is None
    assert stored()["Cancellation"] == before["Cancellation"]
    assert slot.status == "filled"
