"""What really happens is what is counted: from the cancellation to the figures, by the verbs themselves."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from offers import accepting, measuring, reopening
from offers.figures import Counts, last_days
from tests.factories import AppointmentFactory, PatientFactory
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)


def counted(journey: Journey) -> Counts:
    now = timezone.now()
    period = last_days(today=now.astimezone(journey.clinic.zone).date())
    return measuring.summary(period=period, scope=[journey.clinic.pk], now=now).whole


def test_a_slot_won_by_text_is_counted_with_its_texts_and_the_days_it_gained(
    journey: Journey,
) -> None:
    # Given Alice, who has a visit in twelve days, Bob, and a free time in two days
    alice = PatientFactory()
    starts_at = timezone.now() + datetime.timedelta(days=12)
    visit = AppointmentFactory(patient=alice, clinic=journey.clinic, starts_at=starts_at)
    first = journey.waiting(patient=alice, current_appointment=visit)
    journey.waiting()
    slot = journey.asked()
    # When Alice says yes
    journey.says(first, "YES")
    # Then the slot, its four texts and her ten days are counted; the visit she gave up is a slot of its own
    found = counted(journey)
    assert status_of(slot) == "filled"
    assert (found.logged, found.filled, found.by_text, found.by_phone, found.in_time) == (2, 1, 1, 0, 1)
    assert (found.asked, found.answered, found.won, found.taken) == (2, 1, 1, 1)
    assert (found.handed_over, found.unreported, found.moved, found.days_gained) == (4, 4, 1, 10)
    assert (found.considered, found.depth, found.undecided) == (2, 2, 1)


def test_a_slot_that_staff_fill_is_filled_by_hand_whether_or_not_that_patient_was_asked(
    journey: Journey,
) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    for winner in (alice, carol):
        slot = journey.asked(hours=48 if winner is alice else 72)
        who = {"cancellation_id": slot.pk, "patient_id": winner.patient_id}
        accepting.fill(**who, by="frontdesk", now=timezone.now())
        journey.work()
    assert journey.offer_of(alice) == "accepted"
    assert journey.offer_of(bob) in ("taken", "withdrawn")
    found = counted(journey)
    assert (found.settled, found.filled, found.by_text, found.by_phone) == (2, 2, 0, 2)
    assert found.share("by_hand").percent == 100.0


def test_a_slot_that_was_won_twice_counts_with_the_winner_who_has_it_now(journey: Journey) -> None:
    alice, _bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    journey.says(alice, "YES")
    # When Alice drops out three hours later and staff book somebody who calls
    journey.wait(hours=3)
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    caller = PatientFactory()
    accepting.fill(cancellation_id=slot.pk, patient_id=caller.pk, by="frontdesk", now=timezone.now())
    journey.work()
    found = counted(journey)
    assert (found.filled, found.by_text, found.by_phone, found.in_time, found.won) == (1, 0, 1, 0, 0)
