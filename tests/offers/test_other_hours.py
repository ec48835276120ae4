"""Other contact hours, of a clinic or of a patient, wake the slots that waited for the old ones."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from clinic import arranging, registering
from offers import rounds, sweeping
from offers.models import Cancellation
from tests.offers.test_contact_hours import BERLIN, CHICAGO, slot_at, step, utc, waits
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db
# Nine in the evening in Chicago, four in the morning in Berlin.
EVENING = utc("2026-03-03T03:00")


@pytest.fixture
def asleep(clock: time_machine.Traveller) -> tuple[Cancellation, WaitlistEntry]:
    """A slot that waits for the morning, and whoever it waits for."""
    clock.move_to(EVENING, tick=False)
    slot = slot_at(EVENING)
    entry = waits(slot, CHICAGO)
    assert step(slot, EVENING) == "waiting for contact hours"
    assert slot.next_step_at == utc("2026-03-03T14:00")
    return slot, entry


def arrange(slot: Cancellation, **hours: Any) -> Cancellation:
    arranging.arrange(record=slot.clinic, values=hours, by="manager", now=timezone.now())
    slot.refresh_from_db()
    return slot


def test_wider_hours_of_the_clinic_wake_its_slot(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    slot = arrange(asleep[0], contact_hours_end=time(22))
    assert slot.next_step_at == EVENING
    assert step(slot, EVENING) == "asked 1"


def test_hours_that_begin_earlier_wake_it_then(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    slot = arrange(asleep[0], contact_hours_start=time(6))
    assert slot.next_step_at == utc("2026-03-03T12:00")


def test_narrower_hours_leave_it_to_its_next_look(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    slot = arrange(asleep[0], contact_hours_start=time(10))
    assert slot.next_step_at == utc("2026-03-03T14:00")
    assert step(slot, slot.next_step_at) == "waiting for contact hours"
    assert slot.next_step_at == utc("2026-03-03T16:00")


def test_another_clock_of_the_patient_wakes_it(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    slot, entry = asleep
    zone = {"timezone": "America/Los_Angeles"}
    registering.update(patient_id=entry.patient_id, changes=zone, by="manager", now=EVENING)
    slot.refresh_from_db()
    assert slot.next_step_at == EVENING
    assert step(slot, EVENING) == "asked 1"


def test_the_slots_of_other_clinics_sleep_on(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    other = slot_at(EVENING)
    waits(other, BERLIN)
    step(other, EVENING)
    before = other.next_step_at
    arrange(asleep[0], contact_hours_end=time(22))
    other.refresh_from_db()
    assert other.next_step_at == before


@pytest.mark.django_db(transaction=True)
def test_a_slot_that_somebody_holds_is_not_waited_for(asleep: tuple[Cancellation, WaitlistEntry]) -> None:
    import psycopg

    from tests.house.commands import database_url

    slot = asleep[0]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with psycopg.connect(database_url()) as other, other.transaction():
        other.execute("SELECT FROM offers_cancellation WHERE id = %s FOR UPDATE", [slot.pk])
        assert sweeping.hours_changed(clinic_id=slot.clinic_id, now=EVENING) == 0
    assert Cancellation.objects.get().waiting_for == rounds.CONTACT_HOURS
    assert timezone.now() - EVENING < timedelta(minutes=1)
