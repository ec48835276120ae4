"""Calls by staff: one caller for a slot and a patient, until it ends by itself or somebody says how."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Patient
from core import audit
from core.transitions import StaleState
from offers import accepting, phoning, rounds, sweeping
from offers.models import Cancellation, Offer, StaffCall
from offers.states import FILLABLE, CallOutcome
from tests.factories import PatientFactory, WaitlistEntryFactory
from tests.offers.verb import Broken, break_after, offer_in, other_states, slot_in, stored

pytestmark = pytest.mark.django_db


def call(slot: Cancellation, patient: Patient | None = None, by: str = "alice") -> StaffCall:
    patient = patient or PatientFactory.create()
    return phoning.begin(cancellation_id=slot.pk, patient_id=patient.pk, by=by, now=timezone.now())


def end(made: StaffCall, outcome: CallOutcome) -> StaffCall:
    return phoning.end(call_id=made.pk, outcome=outcome, by="alice", now=timezone.now())


@pytest.mark.parametrize("status", FILLABLE)
def test_a_call_about_a_slot_that_can_be_had_begins_and_has_an_end(status: str) -> None:
    made = call(slot_in(status))
    assert made.ends_at - made.begun_at == phoning.LASTS
    assert (made.by, made.status, made.ended_at) == ("alice", "going_on", None)


@pytest.mark.parametrize("status", other_states(*FILLABLE))
def test_nobody_is_called_about_a_slot_that_is_gone(status: str) -> None:
    slot = slot_in(status)
    with pytest.raises(StaleState):
        call(slot)
    assert not StaffCall.objects.exists()


def test_two_colleagues_do_not_call_about_one_slot_and_the_second_reads_who_was_first() -> None:
    slot, ana = slot_in("open"), PatientFactory.create(first_name="Ana", last_name="Ruiz")
    call(slot, ana)
    with pytest.raises(StaleState, match=r"^alice has been calling Ana Ruiz about this slot since \d\d:\d\d"):
        call(slot, by="bob")


def test_two_colleagues_do_not_call_one_patient() -> None:
    ana = PatientFactory.create()
    call(slot_in("open"), ana)
    with pytest.raises(StaleState, match="alice has been calling this patient about another slot"):
        call(slot_in("open"), ana, by="bob")
    assert StaffCall.objects.count() == 1


def test_a_call_whose_time_is_over_makes_way_and_still_takes_what_was_heard() -> None:
    slot = slot_in("open")
    first = call(slot)
    StaffCall.objects.update(ends_at=timezone.now(), begun_at=timezone.now() - phoning.LASTS)
    second = call(slot, by="bob")
    first.refresh_from_db()
    assert (first.outcome, second.outcome) == ("timed_out", "")
    assert end(first, CallOutcome.DECLINED).outcome == "declined"


def test_the_sweep_ends_what_is_overdue_and_nothing_else() -> None:
    made = call(slot_in("open"))
    sweeping.sweep_slots(now=made.ends_at - timedelta(seconds=1))
    made.refresh_from_db()
    assert made.outcome == ""
    sweeping.sweep_slots(now=made.ends_at)
    made.refresh_from_db()
    assert made.outcome == "timed_out"


@pytest.mark.parametrize("outcome", ["booked", "declined", "no_answer", "not_called"])
def test_what_came_of_a_call_is_said_once(outcome: CallOutcome) -> None:
    made = call(slot_in("open"))
    end(made, outcome)
    before = stored()
    with pytest.raises(StaleState, match="has ended already"):
        end(made, CallOutcome.NO_ANSWER)
    assert stored() == before


def test_a_no_on_the_phone_is_a_no_to_the_text() -> None:
    offer = offer_in("pending")
    end(call(offer.cancellation, offer.patient), CallOutcome.DECLINED)
    offer.refresh_from_db()
    assert (offer.status, offer.responded_at is None) == ("declined", False)


def test_who_said_no_late_is_not_told_that_it_is_taken() -> None:
    offer = offer_in("expired")
    end(call(offer.cancellation, offer.patient), CallOutcome.DECLINED)
    assert Offer.objects.get(pk=offer.pk).responded_at is not None


@pytest.mark.parametrize(("outcome", "is_asked"), [(None, False), ("declined", False), ("no_answer", True)])
def test_nobody_is_texted_while_on_the_phone_nor_after_a_no(
    outcome: CallOutcome | None, is_asked: bool
) -> None:
    now = timezone.now()
    slot = slot_in("open", next_step_at=now, grace_ends_at=now)
    entry = WaitlistEntryFactory.create(clinic=slot.clinic, visit_type=slot.visit_type)
    made = call(slot, entry.patient)
    if outcome:
        end(made, outcome)
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    assert slot.offers.exists() == is_asked


def test_a_yes_by_text_during_the_call_wins_and_the_caller_reads_it() -> None:
    offer = offer_in("pending")
    slot, ana = offer.cancellation, PatientFactory.create()
    call(slot, ana)
    assert accepting.accept(offer_id=offer.pk, now=timezone.now()) == "won"
    before = stored()
    with pytest.raises(StaleState, match=r"This slot is filled already: by a patient’s answer, at \d\d:"):
        phoning.book(cancellation_id=slot.pk, patient_id=ana.pk, by="alice", now=timezone.now())
    assert stored() == before


def test_a_booking_on_the_phone_ends_the_call() -> None:
    slot, ana = slot_in("offering"), PatientFactory.create()
    made = call(slot, ana)
    phoning.book(cancellation_id=slot.pk, patient_id=ana.pk, by="alice", now=timezone.now())
    made.refresh_from_db()
    slot.refresh_from_db()
    assert (made.outcome, slot.status) == ("booked", "filled")


def test_a_call_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slot_in("open")
    before = stored()
    break_after(monkeypatch, audit, "record")
    with pytest.raises(Broken):
        call(slot)
    assert stored() == before
