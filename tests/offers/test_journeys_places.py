"""Rule 9: a failed offer frees its place in the round at once, and whoever is next has it."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from messaging import optout
from offers import explaining, pausing
from offers.models import Cancellation
from offers.policy import FOLLOW_UPS
from tests.offers.journey import Journey, status_of
from waitlist import joining
from waitlist.models import WaitlistEntry
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db(transaction=True)
usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)
HOLD = datetime.timedelta(minutes=7)


def states(journey: Journey, *entries: WaitlistEntry) -> list[str]:
    """Of the last question put to each; "" where there was none."""
    return [journey.offer_of(entry) for entry in entries]


def most_at_once(slot: Cancellation) -> int:
    return slot.offers.filter(status="pending").count()


def test_rule_9_whoever_is_next_has_the_place_beside_those_being_asked(journey: Journey) -> None:
    # Given two who are asked, and two who wait
    alice, bob, carol, dave = (journey.waiting() for _ in range(4))
    slot = journey.asked()
    # When a text does not arrive
    journey.wait(seconds=60)
    journey.fails(alice)
    # Then one more is asked in that instant, with a whole hold
    assert states(journey, alice, bob, carol, dave) == ["undeliverable", "pending", "pending", ""]
    assert carol.offers.get().hold_expires_at == timezone.now() + HOLD
    assert most_at_once(slot) == 2
    # When she says yes
    journey.says(carol, "YES")
    assert journey.winner(slot) == carol.patient_id
    assert journey.hears(bob) == ["offer", "taken"]


@usual
@pytest.mark.parametrize("fault", ["400:21211", "400:21610", "400:30007"])
def test_rule_9_a_place_that_the_provider_refuses_is_filled(journey: Journey, fault: str) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.twilio.faults = [fault]
    journey.asked()
    journey.work()
    assert states(journey, alice, bob, carol) == ["undeliverable", "pending", "pending"]


@usual
def test_rule_9_a_place_that_its_gate_drops_is_filled(journey: Journey) -> None:
    # Given somebody who opts out between the choice and the text
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.twilio.always = "429"
    slot = journey.asked()
    optout.suppress(phone=alice.patient.phone, words="STOP", source="text", now=timezone.now())
    journey.twilio.always = ""
    journey.wait(seconds=5)
    journey.work()
    assert states(journey, alice, bob, carol) == ["withdrawn", "pending", "pending"]
    assert journey.hears(alice) == []
    assert most_at_once(slot) == 2


def test_rule_9_a_place_whose_patient_leaves_the_list_is_filled(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    joining.remove(entry_id=alice.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert states(journey, alice, bob, carol) == ["withdrawn", "pending", "pending"]


def test_a_no_is_followed_when_the_whole_round_is_over(journey: Journey) -> None:
    alice, bob, carol, dave = (journey.waiting() for _ in range(4))
    journey.asked()
    journey.says(alice, "NO")
    assert states(journey, alice, bob, carol) == ["declined", "pending", ""]
    journey.says(bob, "NO")
    assert states(journey, carol, dave) == ["pending", "pending"]


def test_the_next_round_does_not_wait_for_whoever_filled_a_place_late(journey: Journey) -> None:
    # Given a text that did not leave the provider until its hold was nearly over
    alice, bob, carol, dave, erin = (journey.waiting() for _ in range(5))
    slot = journey.asked()
    journey.wait(minutes=6, seconds=20)
    journey.fails(alice, "30036")
    assert states(journey, bob, carol, dave) == ["pending", "pending", ""]
    # When the other's hold is over
    journey.wait(minutes=1)
    # Then the place is the next one's, and Carol keeps hers to her own deadline
    assert states(journey, bob, carol, dave, erin) == ["expired", "pending", "pending", ""]
    assert most_at_once(slot) == 2
    journey.wait(minutes=6, seconds=30)
    assert states(journey, carol, dave, erin) == ["expired", "pending", "pending"]


@usual
def test_rule_9_nobody_is_asked_twice_and_the_rest_is_asked_after_many_failures(journey: Journey) -> None:
    # Given one who can answer, and a list of dead numbers
    alice, *dead = (journey.waiting() for _ in range(FOLLOW_UPS + 4))
    journey.asked()
    for entry in dead[: FOLLOW_UPS + 1]:
        assert journey.offer_of(entry) == "pending"
        journey.fails(entry)
    # Then it is not asked from end to end while Alice is being asked
    assert states(journey, alice, *dead[-2:]) == ["pending", "", ""]
    # When she has not answered
    journey.wait(minutes=7)
    assert states(journey, alice, *dead[-2:]) == ["expired", "pending", "pending"]


@usual
def test_where_nobody_is_left_the_place_waits_for_somebody_to_come(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    journey.fails(alice)
    assert (status_of(slot), journey.offer_of(bob)) == ("offering", "pending")
    verdicts = {made.entry_id: made.reason for made in explaining.decisions(cancellation=slot)}
    assert set(verdicts.values()) == {Reason.ELIGIBLE}
    carol = journey.waiting()
    journey.wait(minutes=1)
    assert journey.hears(carol) == ["offer"]


@usual
def test_a_paused_slot_s_place_is_filled_when_it_goes_on(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    pausing.pause(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.fails(alice)
    assert states(journey, alice, carol) == ["undeliverable", ""]
    pausing.resume(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert states(journey, bob, carol) == ["pending", "pending"]


@usual
def test_a_place_is_not_filled_in_the_night(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    # Everybody's day ends, on the clinic's clock, a minute after the question
    ends = timezone.localtime(timezone.now(), journey.clinic.zone) + datetime.timedelta(minutes=1)
    type(journey.clinic).objects.filter(pk=journey.clinic.pk).update(contact_hours_end=ends.time())
    journey.wait(minutes=2)
    journey.fails(alice)
    assert states(journey, alice, bob, carol) == ["undeliverable", "pending", ""]


@usual
def test_rule_6_a_place_is_not_filled_by_somebody_who_could_not_answer_in_time(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    # The last useful minute is three minutes away
    slot = journey.asked(hours=1 + 211 / 3600)
    journey.wait(minutes=2, seconds=30)
    journey.fails(alice)
    assert states(journey, alice, bob, carol) == ["undeliverable", "pending", ""]
    assert status_of(slot) == "offering"


@usual
def test_rule_9_staff_see_why_somebody_was_asked_then(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    journey.fails(alice)
    asked = [event.what for event in explaining.timeline(cancellation=slot) if event.who == "system"]
    assert asked == ["slot.asked", "slot.place_filled"]
    verdicts = {made.entry_id: made for made in explaining.decisions(cancellation=slot)}
    assert [verdicts[entry.pk].round for entry in (alice, bob, carol)] == [1, 1, 2]
    assert (verdicts[carol.pk].rank, verdicts[carol.pk].reason) == (1, Reason.ELIGIBLE)
    # The decision is of that moment
    assert [round_.places for round_ in slot.rounds.order_by("number")] == [2, 1]
    assert set(slot.rounds.get(number=2).reasons) == {Reason.ELIGIBLE, Reason.ALREADY_ASKED}
