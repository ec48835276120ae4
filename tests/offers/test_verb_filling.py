"""Booked by phone: in which states of the slot, and nothing by halves."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic import booking
from clinic.models import Appointment, Patient
from core.transitions import StaleState
from messaging import outbox
from messaging.models import Message
from offers import accepting, reopening
from offers.models import Cancellation
from offers.states import FILLABLE
from tests.factories import AppointmentFactory, PatientFactory
from tests.offers.verb import Broken, break_after, offer_in, other_states, slot_in, stored, texts_to

pytestmark = pytest.mark.django_db


def fill(slot: Cancellation, patient: Patient) -> Appointment:
    return accepting.fill(cancellation_id=slot.pk, patient_id=patient.pk, by="frontdesk", now=timezone.now())


@pytest.mark.parametrize("status", FILLABLE)
def test_a_slot_that_can_be_had_is_booked_for_the_caller(status: str) -> None:
    slot, caller = slot_in(status), PatientFactory()
    asked = offer_in("pending", slot=slot)
    visit = fill(slot, caller)
    slot.refresh_from_db()
    assert (slot.status, visit.patient, visit.fills_slot) == ("filled", caller, slot.pk)
    assert texts_to(asked) == ["taken"]
    assert Message.objects.get(to=caller.phone).kind == "confirmation"


@pytest.mark.parametrize("status", other_states(*FILLABLE))
def test_a_slot_that_is_gone_is_refused_and_nothing_changes(status: str) -> None:
    slot, caller = slot_in(status), PatientFactory()
    before = stored()
    with pytest.raises(StaleState):
        fill(slot, caller)
    assert stored() == before


def test_a_caller_with_a_visit_then_is_refused_and_nothing_changes() -> None:
    slot = slot_in("open")
    visit = AppointmentFactory(starts_at=slot.starts_at)
    before = stored()
    with pytest.raises(booking.PatientBusy):
        fill(slot, visit.patient)
    assert stored() == before


def test_a_slot_that_has_begun_is_refused_and_nothing_changes() -> None:
    slot, caller = slot_in("open"), PatientFactory()
    before = stored()
    with pytest.raises(booking.BadTime):
        accepting.fill(cancellation_id=slot.pk, patient_id=caller.pk, by="frontdesk", now=slot.starts_at)
    assert stored() == before


def test_a_booking_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = offer_in("pending")
    offer_in("expired", slot=offer.cancellation)
    before = stored()
    break_after(monkeypatch, outbox, "queue")
    with pytest.raises(Broken):
        fill(offer.cancellation, offer.patient)
    assert stored() == before


def test_a_caller_who_dropped_out_and_is_booked_again_is_told_again() -> None:
    slot, caller = slot_in("open"), PatientFactory()
    fill(slot, caller)
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    fill(slot, caller)
    # That it is booked, that it is off, and that it is booked again.
    assert texts_to(caller) == ["confirmation"] * 3
