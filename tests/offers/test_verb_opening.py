"""A slot comes free: when it is taken in, when it is refused, and nothing by halves."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Appointment, Clinic, Provider
from clinic.states import FREED, AppointmentStatus
from core import audit
from offers import opening
from offers.models import Cancellation
from offers.states import RUNNING, CancellationStatus
from tests.factories import AppointmentFactory, ClinicFactory, ProviderFactory, VisitTypeFactory, in_hours
from tests.offers.verb import Broken, break_after, slot_in, stored

pytestmark = pytest.mark.django_db

IN_THE_WAY = (*RUNNING, CancellationStatus.PAUSED)


def new_slot(provider: Provider | None = None, **fields: Any) -> opening.NewSlot:
    clinic: Clinic = provider.clinics.get() if provider else ClinicFactory()
    provider = provider or ProviderFactory(clinics=[clinic])
    starts_at = in_hours(48)
    slot = opening.NewSlot(
        clinic_id=clinic.pk,
        provider_id=provider.pk,
        visit_type_id=VisitTypeFactory().pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    return dataclasses.replace(slot, **fields)


def open_slot(slot: opening.NewSlot) -> Cancellation:
    return opening.open_slot(slot=slot, by="frontdesk", now=timezone.now())


def test_a_free_time_becomes_a_slot_that_waits_for_the_end_of_its_grace() -> None:
    slot = open_slot(new_slot())
    slot.refresh_from_db()
    assert (slot.status, slot.logged_by, slot.waiting_for) == (
        "open",
        "frontdesk",
        "the end of the grace time",
    )
    assert slot.next_step_at == slot.grace_ends_at == slot.created_at + slot.clinic.grace


def test_the_visit_that_is_booked_then_is_cancelled_with_it() -> None:
    visit: Appointment = AppointmentFactory(starts_at=in_hours(48))
    slot = open_slot(new_slot(visit.provider))
    visit.refresh_from_db()
    assert (visit.status, slot.appointment) == ("cancelled", visit)


@pytest.mark.parametrize("status", IN_THE_WAY)
def test_a_time_that_is_offered_already_is_refused_and_nothing_changes(status: str) -> None:
    there = slot_in(status)
    before = stored()
    with pytest.raises(opening.BadSlot, match="offered already"):
        open_slot(new_slot(there.provider, starts_at=there.starts_at))
    assert stored() == before


@pytest.mark.parametrize("status", [CancellationStatus.UNFILLED, CancellationStatus.WITHDRAWN])
def test_a_time_that_was_given_up_can_be_offered_anew(status: str) -> None:
    there = slot_in(status)
    assert open_slot(new_slot(there.provider, starts_at=there.starts_at)).status == "open"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"starts_at": in_hours(-1)}, "starts_at"),
        ({"starts_at": in_hours(24 * 800), "ends_at": in_hours(24 * 800 + 1)}, "starts_at"),
        ({"ends_at": in_hours(47)}, "duration_minutes"),
        ({"ends_at": in_hours(61)}, "duration_minutes"),
        ({"clinic_id": 0}, "provider"),
    ],
)
def test_a_slot_that_makes_no_sense_is_refused_and_nothing_changes(wrong: dict[str, Any], field: str) -> None:
    slot = new_slot(**wrong)
    before = stored()
    with pytest.raises(opening.BadSlot) as refused:
        open_slot(slot)
    assert (refused.value.field, stored()) == (field, before)


def test_an_opening_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = AppointmentFactory(starts_at=in_hours(48))
    before = stored()
    break_after(monkeypatch, opening, "_insert")
    with pytest.raises(Broken):
        open_slot(new_slot(visit.provider))
    assert stored() == before


def freed(**fields: Any) -> Cancellation | None:
    visit = AppointmentFactory(**{"status": "cancelled", "offer_slot": True, **fields})
    return opening.open_freed(appointment_id=visit.pk, now=timezone.now())


def test_the_time_of_a_cancelled_visit_is_offered_once() -> None:
    slot = freed()
    assert slot is not None
    assert slot.appointment is not None
    assert slot.logged_by == audit.SYSTEM
    assert opening.open_freed(appointment_id=slot.appointment.pk, now=timezone.now()) is None


@pytest.mark.parametrize("status", [state for state in AppointmentStatus if state not in FREED])
def test_the_time_of_a_visit_that_is_neither_off_nor_moved_is_not_offered(status: str) -> None:
    assert freed(status=status) is None
    assert not Cancellation.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"offer_slot": False}, {"starts_at": in_hours(-1)}, {"fills_slot": 7}], ids=str
)
def test_a_time_that_is_nobody_s_to_give_is_not_offered(fields: dict[str, Any]) -> None:
    assert freed(**fields) is None
    assert not Cancellation.objects.exists()


@pytest.mark.parametrize("status", IN_THE_WAY)
def test_a_freed_time_that_is_offered_already_is_not_offered_again(status: str) -> None:
    there = slot_in(status)
    assert freed(provider=there.provider, clinic=there.clinic, starts_at=there.starts_at) is None
    assert Cancellation.objects.count() == 1


def test_a_freed_time_whose_opening_fails_late_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = AppointmentFactory(status="cancelled", offer_slot=True)
    before = stored()
    break_after(monkeypatch, audit, "record")
    with pytest.raises(Broken):
        opening.open_freed(appointment_id=visit.pk, now=timezone.now())
    assert stored() == before
