"""Somebody changes their mind: the winner, the staff."""

import datetime

import pytest
from django.utils import timezone

from clinic import cancelling
from clinic.models import Appointment
from offers import accepting, pausing, reopening, withdrawing
from offers.models import Cancellation
from tests.factories import PatientFactory
from tests.offers.journey import Journey, status_of
from waitlist import joining

pytestmark = pytest.mark.django_db(transaction=True)


def winner_cancels(slot: Cancellation) -> None:
    visit = Appointment.objects.active().get(fills_slot=slot.pk)
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=timezone.now(), reason="called us")


def test_the_winner_drops_out_and_the_standby_has_the_slot(journey: Journey) -> None:
    # Given a winner, and a loser who wants to stand by
    alice, bob, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.says(bob, "YES")
    # When the winner's visit is cancelled
    journey.clock.shift(60)
    winner_cancels(slot)
    journey.work()
    # Then the standby is booked and told, and nobody else is asked
    assert (status_of(slot), journey.winner(slot)) == ("filled", bob.patient_id)
    assert journey.hears(bob) == ["offer", "taken", "reply", "confirmation"]
    assert (journey.offer_of(alice), journey.hears(carol)) == ("released", [])
    assert Cancellation.objects.count() == 1


def test_the_winner_drops_out_with_no_standby_and_the_next_round_goes_out(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.clock.shift(60)
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert journey.hears(carol) == ["offer"]
    journey.says(carol, "YES")
    assert (status_of(slot), journey.winner(slot)) == ("filled", carol.patient_id)
    # One "taken" is true for both times: nobody is told twice.
    assert journey.hears(bob) == ["offer", "taken"]


def test_a_slot_withdrawn_in_its_grace_leaves_no_trace_with_patients(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.logged()
    journey.wait(seconds=29)
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.wait(minutes=10)
    assert (status_of(slot), journey.hears(alice)) == ("withdrawn", [])


def test_a_slot_withdrawn_later_is_recalled_from_exactly_those_texted(journey: Journey) -> None:
    # Given four who wait, of whom two were asked, and one of these has said no
    alice, bob, carol, dave = (journey.waiting() for _ in range(4))
    slot = journey.asked()
    journey.says(alice, "NO")
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.wait(minutes=10)
    assert journey.hears(bob) == ["offer", "expired"]
    assert journey.hears(alice) == ["offer", "reply"]
    assert journey.hears(carol) == journey.hears(dave) == []


def test_a_yes_after_the_recall_is_told_the_truth(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.work()
    journey.says(alice, "YES")
    assert (journey.winner(slot), journey.outcomes()) == (None, ["closed"])
    assert journey.hears(alice) == ["offer", "expired", "expired"]


def test_a_text_not_yet_claimed_is_skipped_when_the_slot_is_withdrawn(journey: Journey) -> None:
    # Given a provider that is too busy for the first offers
    alice = journey.waiting()
    journey.twilio.always = "429"
    slot = journey.asked()
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.twilio.always = ""
    journey.wait(minutes=5)
    assert journey.hears(alice) == []


def test_whoever_s_offer_never_left_is_asked_when_the_slot_opens_again(journey: Journey) -> None:
    # Given an offer that the provider is too busy to take, and a slot then booked by phone
    alice, bob, carol, caller = *(journey.waiting() for _ in range(3)), PatientFactory()
    journey.twilio.always = "429"
    slot = journey.asked()
    accepting.fill(cancellation_id=slot.pk, patient_id=caller.pk, by="frontdesk", now=timezone.now())
    # When the caller drops out and the provider is back
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.twilio.always = ""
    journey.wait(minutes=2)
    # Then the same two are asked, once: the questions that were taken back were never put
    assert journey.hears(alice) == journey.hears(bob) == ["offer"]
    assert journey.hears(carol) == []


def test_a_paused_slot_asks_nobody_until_it_goes_on(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.logged()
    pausing.pause(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.wait(hours=1)
    assert journey.hears(alice) == []
    pausing.resume(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert journey.hears(alice) == ["offer"]


def test_a_yes_to_a_paused_slot_wins(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    pausing.pause(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.says(alice, "YES")
    assert journey.winner(slot) == alice.patient_id


def test_an_entry_taken_off_the_list_is_no_longer_asked(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    for gone in (alice, bob):
        joining.remove(entry_id=gone.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert journey.offer_of(alice) == journey.offer_of(bob) == "withdrawn"
    assert journey.hears(carol) == ["offer"]


def test_an_outage_of_the_provider_delays_and_loses_nothing(journey: Journey) -> None:
    # Given a provider that takes nothing for three minutes
    alice, bob = journey.waiting(), journey.waiting()
    journey.twilio.always = "429"
    journey.asked()
    for _ in range(18):
        journey.wait(seconds=10)
    assert journey.hears(alice) == []
    # When it is back
    journey.twilio.always = ""
    journey.wait(seconds=75)
    # Then the offers leave, and their hold starts only now
    assert journey.hears(alice) == journey.hears(bob) == ["offer"]
    held = alice.offers.get().hold_expires_at
    assert held is not None
    assert held == timezone.now() + datetime.timedelta(minutes=7)


def test_an_unclear_outage_texts_nobody_twice(journey: Journey) -> None:
    # Given a provider that takes every text and answers 500
    alice = journey.waiting()
    journey.twilio.always = "500_after"
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.wait(minutes=12)
    assert journey.winner(slot) == alice.patient_id
    assert journey.hears(alice) == ["offer", "confirmation"]


def test_a_loser_whose_question_was_lost_on_its_way_is_told_nothing(journey: Journey) -> None:
    # Given two questions of which the provider takes the first and loses the second
    alice, bob = journey.waiting(), journey.waiting()
    journey.twilio.on_taken = lambda text: setattr(journey.twilio, "always", "500_before")
    slot = journey.asked()
    journey.twilio.always, journey.twilio.on_taken = "", None
    # When the first wins
    journey.says(alice, "YES")
    for _ in range(12):
        journey.wait(minutes=1)
    # Then the second is not told about a question that never came
    assert (journey.winner(slot), journey.hears(bob)) == (alice.patient_id, [])
