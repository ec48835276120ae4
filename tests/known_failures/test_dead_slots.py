"""Was: one failed text, a late YES or a crash, and the slot was dead for ever."""

import datetime

import pytest

from offers import accepting, rounds
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)


class Crash(Exception):
    """Something breaks, once."""


def test_one_failed_text_leaves_the_slot_alive(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.twilio.faults = ["400:21211"]
    slot = journey.asked()
    journey.says(bob, "YES")
    assert (journey.offer_of(alice), journey.winner(slot)) == ("undeliverable", bob.patient_id)


def test_texts_that_all_fail_bring_the_next_people_the_question(journey: Journey) -> None:
    people = [journey.waiting() for _ in range(3)]
    journey.twilio.faults = ["400:21211", "400:21610"]
    slot = journey.asked()
    journey.work()
    # Whom the two were is chance: a place that came free may be filled before the next text leaves.
    reached = next(entry for entry in people if journey.hears(entry))
    journey.says(reached, "YES")
    assert journey.winner(slot) == reached.patient_id


@pytest.mark.parametrize("tasks_run", ["usual", "dropped"], indirect=True)
@pytest.mark.parametrize("milliseconds", [-60, -1, 0, 1, 60])
def test_a_yes_around_the_end_of_its_hold_is_answered_and_wins(journey: Journey, milliseconds: int) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    held = alice.offers.get().hold_expires_at
    assert held is not None
    # Given a text that comes five seconds after the clock is set
    journey.clock.move_to(held + datetime.timedelta(milliseconds=milliseconds, seconds=-5))
    journey.says(alice, "YES")
    assert (status_of(slot), journey.winner(slot)) == ("filled", alice.patient_id)
    assert journey.hears(alice) == ["offer", "confirmation"]


def test_a_late_yes_to_a_slot_that_is_gone_is_answered(journey: Journey) -> None:
    alice, _, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    journey.wait(minutes=8)
    journey.says(carol, "YES")
    journey.says(alice, "YES")
    assert journey.hears(alice) == ["offer", "taken", "reply"]
    assert journey.outcomes() == ["won", "standby"]


@pytest.mark.parametrize("tasks_run", ["dropped"], indirect=True)
@pytest.mark.parametrize("step", [(rounds, "_start_round"), (accepting, "_book"), (accepting, "_tell")])
def test_a_step_that_crashes_is_taken_again(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str]
) -> None:
    crashes, (module, name) = [Crash()], step
    original = getattr(module, name)

    def once(*args: object, **kwargs: object) -> object:
        done = original(*args, **kwargs)
        if crashes:
            raise crashes.pop()
        return done

    monkeypatch.setattr(module, name, once)
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    journey.wait(seconds=31)
    journey.says(bob, "YES")
    journey.work()
    assert not crashes
    assert (status_of(slot), journey.winner(slot)) == ("filled", bob.patient_id)
    assert (journey.hears(alice), journey.hears(bob)) == (["offer", "taken"], ["offer", "confirmation"])
