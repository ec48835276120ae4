"""What random orders of events brought to light, each as a story of its own."""

from __future__ import annotations

import pytest
from django.utils import timezone

from offers import opening, pausing, reopening, withdrawing
from tests.messaging import posting
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)
usual = pytest.mark.parametrize("tasks_run", ["usual", "dropped"], indirect=True)


@usual
def test_a_slot_that_nobody_resumes_ends_when_its_time_comes(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    pausing.pause(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.wait(minutes=8)
    assert journey.offer_of(alice) == "expired"
    journey.wait(hours=48)
    assert status_of(slot) == "unfilled: too_late"


@usual
def test_a_stop_in_own_words_is_confirmed_once(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    for _ in range(2):
        journey.says(alice, "please stop texting me")
    assert journey.hears(alice) == ["offer", "optout_notice"]


@usual
def test_a_yes_to_a_question_that_the_provider_refused_books_nothing(journey: Journey) -> None:
    alice = journey.waiting()
    journey.twilio.always = "400:21211"
    slot = journey.asked()
    journey.twilio.always = ""
    journey.says(alice, "YES")
    assert journey.winner(slot) is None


@usual
def test_an_unfilled_time_that_is_logged_again_does_not_hold_up_the_sweep(journey: Journey) -> None:
    first = journey.logged()
    journey.wait(seconds=31)
    assert status_of(first) == "unfilled: nobody_left"
    again = opening.open_slot(
        slot=opening.NewSlot(
            clinic_id=first.clinic_id,
            provider_id=first.provider_id,
            visit_type_id=first.visit_type_id,
            starts_at=first.starts_at,
            ends_at=first.ends_at,
        ),
        by="frontdesk",
        now=timezone.now(),
    )
    alice = journey.waiting(changed_at=timezone.now())
    journey.wait(seconds=31)
    assert journey.hears(alice) == ["offer"]
    withdrawing.withdraw(cancellation_id=again.pk, by="frontdesk", now=timezone.now())


@usual
def test_a_standby_who_said_stop_is_not_booked_in_silence(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    for who, words in ((alice, "YES"), (bob, "YES"), (bob, "STOP")):
        journey.says(who, words)
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert (journey.winner(slot), journey.offer_of(bob)) == (None, "withdrawn")


def test_who_said_yes_first_wins_though_the_other_texted_something_before(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    for who, words in ((alice, "hello"), (bob, "YES"), (alice, "YES")):
        posting.text(journey.client, sender=who.patient.phone, body=words)
    journey.work()
    assert journey.winner(slot) == bob.patient_id
