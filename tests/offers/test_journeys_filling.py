"""From a cancellation to a booked visit, or to a reason why not."""

import datetime

import pytest

from clinic.models import Appointment
from messaging.models import Message
from offers import accepting
from offers.models import Cancellation
from offers.states import CancellationStatus
from tests.factories import AppointmentFactory, PatientFactory
from tests.offers.journey import Journey, status_of
from waitlist.states import EntryStatus

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_slot_is_filled_at_the_first_round(journey: Journey) -> None:
    # Given three who wait, and a cancellation for which the first two are asked
    alice, bob, carol = journey.waiting(), journey.waiting(), journey.waiting()
    slot = journey.asked()
    assert journey.hears(alice) == journey.hears(bob) == ["offer"]
    # When one says yes
    journey.says(bob, "YES")
    # Then that one is booked and told, the other is told, and the third never heard of it
    assert (status_of(slot), journey.winner(slot)) == ("filled", bob.patient_id)
    assert journey.hears(bob) == ["offer", "confirmation"]
    assert journey.hears(alice) == ["offer", "taken"]
    assert journey.hears(carol) == []
    bob.refresh_from_db()
    assert bob.status == EntryStatus.MATCHED


def test_nobody_answers_and_the_second_round_fills_the_slot(journey: Journey) -> None:
    alice, bob, carol, dave = (journey.waiting() for _ in range(4))
    slot = journey.asked()
    # When the hold is over
    journey.wait(minutes=7, seconds=1)
    # Then the next two are asked, and one of them wins
    assert journey.hears(carol) == journey.hears(dave) == ["offer"]
    journey.says(carol, "yes please")
    assert (status_of(slot), journey.winner(slot)) == ("filled", carol.patient_id)
    assert journey.hears(alice) == journey.hears(bob) == journey.hears(dave) == ["offer", "taken"]


def test_the_last_no_starts_the_next_round_at_once(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    journey.says(alice, "NO")
    assert journey.hears(carol) == []
    # When the second of two says no, long before the hold is over
    journey.says(bob, "no thanks")
    # Then the next is asked without waiting for it
    assert journey.hears(carol) == ["offer"]
    assert journey.hears(alice) == journey.hears(bob) == ["offer", "reply"]


def test_all_decline_and_the_slot_stays_free_with_its_reason(journey: Journey) -> None:
    people = [journey.waiting() for _ in range(3)]
    slot = journey.asked()
    for person in people:
        journey.says(person, "NO")
    assert status_of(slot) == "unfilled: nobody_left"
    assert journey.outcomes() == ["declined"] * 3


def test_nobody_is_eligible_until_somebody_joins(journey: Journey) -> None:
    # Given nobody who waits
    slot = journey.asked()
    assert status_of(slot) == "unfilled: nobody_left"
    # When somebody joins while the time is still free
    journey.clock.shift(datetime.timedelta(minutes=10))
    erin = journey.waiting(joined_at=journey_now(), changed_at=journey_now())
    journey.work()
    # Then that one is asked and wins
    assert journey.hears(erin) == ["offer"]
    journey.says(erin, "YES")
    assert journey.winner(slot) == erin.patient_id


def journey_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def test_out_of_hours_nobody_is_texted_until_the_window_opens(journey: Journey) -> None:
    # Given a clinic that texts from 8 to 20 o'clock, and a cancellation late in its evening
    journey.clinic.contact_hours_start = datetime.time(8)
    journey.clinic.contact_hours_end = datetime.time(20)
    journey.clinic.save()
    alice = journey.waiting()
    journey.clock.move_to(datetime.datetime(2026, 3, 3, 3, 30, tzinfo=datetime.UTC))
    slot = journey.asked()
    # Then it waits and says for what
    slot.refresh_from_db()
    assert (journey.hears(alice), slot.waiting_for) == ([], "contact hours")
    # When the window opens at 8:00 in Chicago
    journey.clock.move_to(datetime.datetime(2026, 3, 3, 13, 59, 59, tzinfo=datetime.UTC))
    journey.work()
    assert journey.hears(alice) == []
    journey.wait(seconds=1)
    assert journey.hears(alice) == ["offer"]


def test_the_last_useful_minute_passes(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked(hours=1.1)
    journey.wait(minutes=6)
    assert status_of(slot) == "unfilled: too_late"
    journey.wait(minutes=30)
    assert journey.hears(alice) == ["offer"]


def test_a_text_that_cannot_be_delivered_frees_its_place_at_once(journey: Journey) -> None:
    # Given a provider that refuses the number of the first
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.twilio.faults = ["400:21211"]
    journey.asked()
    journey.wait(seconds=60)
    # Then the next is asked long before a hold would be over
    assert journey.offer_of(alice) == "undeliverable"
    assert journey.hears(bob) == journey.hears(carol) == ["offer"]


def test_the_slot_is_booked_by_phone_for_somebody_who_was_not_asked(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    caller = PatientFactory()
    accepting.fill(cancellation_id=slot.pk, patient_id=caller.pk, by="frontdesk", now=journey_now())
    journey.work()
    assert (status_of(slot), journey.winner(slot)) == ("filled", caller.pk)
    assert journey.hears(alice) == journey.hears(bob) == ["offer", "taken"]
    assert len(journey.twilio.bodies_to(caller.phone)) == 1


def test_the_slot_is_booked_by_phone_for_somebody_who_was_asked(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    accepting.fill(cancellation_id=slot.pk, patient_id=bob.patient_id, by="frontdesk", now=journey_now())
    journey.work()
    assert journey.winner(slot) == bob.patient_id
    assert (journey.offer_of(bob), journey.hears(bob)) == ("accepted", ["offer", "confirmation"])
    assert journey.hears(alice) == ["offer", "taken"]


def test_the_winner_s_later_visit_becomes_a_cancellation_of_its_own(journey: Journey) -> None:
    # Given a patient who has a visit in ten days, and another who waits for any
    later = AppointmentFactory(
        clinic=journey.clinic, provider=journey.provider, visit_type=journey.visit_type
    )
    alice = journey.waiting(patient=later.patient, current_appointment=later)
    slot = journey.asked()
    bob = journey.waiting()
    # When the first takes the earlier time
    journey.says(alice, "YES")
    # Then the later visit is free, and the other is asked for it after the grace
    freed = Cancellation.objects.get(appointment=later)
    assert (journey.winner(slot), freed.status) == (alice.patient_id, CancellationStatus.OPEN)
    assert Appointment.objects.get(pk=later.pk).status == "cancelled"
    journey.wait(seconds=31)
    journey.says(bob, "YES")
    assert journey.winner(freed) == bob.patient_id
    assert not Message.objects.filter(to=alice.patient.phone, kind="taken").exists()


def test_a_newcomer_is_asked_at_once_while_a_slot_waits_for_a_busy_phone(journey: Journey) -> None:
    # Given one patient with a question open, and a second slot that has nobody else
    journey.waiting()
    journey.asked()
    second = journey.asked(hours=50)
    assert status_of(second) == "open"
    # When somebody joins, then they are asked without any wait
    journey.clock.shift(datetime.timedelta(seconds=1))
    bob = journey.waiting(joined_at=journey_now(), changed_at=journey_now())
    journey.work()
    assert journey.hears(bob) == ["offer"]
