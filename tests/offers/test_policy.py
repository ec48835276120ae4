"""How long an offer stands and who of those in line is asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.policy import (
    FOLLOW_UPS,
    Candidate,
    Held,
    free_places,
    hold_ends_at,
    is_worth_asking,
    last_useful_at,
    pick,
)

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
ALICE, BOB, CHARLIE = (Candidate(entry_id=n, phone=f"+1312555010{n}") for n in (1, 2, 3))
ALICES_CHILD = Candidate(entry_id=4, phone=ALICE.phone)


def test_the_last_useful_moment_is_the_lead_time_before_the_visit() -> None:
    assert last_useful_at(starts_at=NOW, lead=timedelta(minutes=60)) == NOW - timedelta(minutes=60)


@pytest.mark.parametrize(("useful_for", "held_for"), [(60, 7), (7, 7), (3, 3), (0, 0), (-5, -5)])
def test_a_hold_never_outlasts_the_last_useful_moment(useful_for: int, held_for: int) -> None:
    end = hold_ends_at(now=NOW, hold=timedelta(minutes=7), last_useful_at=NOW + timedelta(minutes=useful_for))
    assert end == NOW + timedelta(minutes=held_for)


def test_the_first_in_line_are_asked() -> None:
    assert pick(ranked=[CHARLIE, ALICE, BOB], size=2) == [CHARLIE, ALICE]


def test_of_two_entries_with_one_phone_the_better_one_is_asked() -> None:
    assert pick(ranked=[ALICE, ALICES_CHILD, BOB, CHARLIE], size=2) == [ALICE, BOB]


def test_fewer_are_asked_where_fewer_are_left() -> None:
    assert pick(ranked=[ALICE, ALICES_CHILD], size=3) == [ALICE]


@pytest.mark.parametrize("size", [0, -1])
def test_a_round_without_seats_asks_nobody(size: int) -> None:
    assert pick(ranked=[ALICE], size=size) == []


@given(phones=st.lists(st.sampled_from("abcdef")), size=st.integers(0, 8))
def test_a_round_is_full_or_nobody_with_another_phone_is_left(phones: list[str], size: int) -> None:
    ranked = [Candidate(entry_id=n, phone=phone) for n, phone in enumerate(phones)]
    picked = pick(ranked=ranked, size=size)
    assert len({candidate.phone for candidate in picked}) == len(picked) == min(size, len(set(phones)))
    assert picked == sorted(picked)


@pytest.mark.parametrize(
    ("hold", "left", "worth"),
    [(420, 36, True), (420, 35, False), (420, 1, False), (3, 4, True), (3, 3, False)],
)
def test_rule_6_a_question_is_put_only_while_it_can_leave_and_be_answered(
    hold: float, left: float, worth: bool
) -> None:
    last, span = NOW + timedelta(seconds=left), timedelta(seconds=hold)
    assert is_worth_asking(now=NOW, hold=span, last_useful_at=last) == worth


FULL, ONE_FAILED, OVER = Held(3, 3, 0), Held(3, 2, 1), Held(3, 0, 0)


@pytest.mark.parametrize(
    ("rounds", "free"),
    [
        ([], 3),
        ([FULL], 0),
        ([ONE_FAILED], 1),
        # Two said no: they are followed together with the third.
        ([Held(3, 1, 0)], 0),
        ([Held(3, 1, 1)], 1),
        # All failed, or nobody is left who could answer.
        ([Held(3, 0, 3)], 3),
        ([OVER, OVER], 3),
        # The place was filled, and whoever filled it failed too.
        ([ONE_FAILED, Held(1, 1, 0)], 0),
        ([ONE_FAILED, Held(1, 0, 1)], 1),
        # The first round is over, and one that filled a place of it is not.
        ([Held(3, 0, 1), Held(1, 1, 0)], 2),
        # A round that found fewer than it had places for keeps them.
        ([Held(3, 1, 0), Held(0, 0, 0)], 0),
        # Staff made the batch smaller.
        ([Held(5, 5, 0)], 0),
    ],
)
def test_rule_9_a_question_that_failed_gives_its_place_back_and_no_other(
    rounds: list[Held], free: int
) -> None:
    assert free_places(rounds=rounds, size=3) == free


def test_rule_9_places_are_not_filled_again_for_ever_while_a_question_is_open() -> None:
    dead = [Held(1, 0, 1)] * (FOLLOW_UPS - 1)
    assert free_places(rounds=[OVER, ONE_FAILED, *dead], size=3) == 1
    assert free_places(rounds=[OVER, ONE_FAILED, *dead, dead[0]], size=3) == 0
    assert free_places(rounds=[OVER, OVER, *dead, dead[0]], size=3) == 3


HELD = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)).filter(
    lambda held: held[1] + held[2] <= held[0]
)


@given(rounds=st.lists(HELD.map(lambda held: Held(*held)), max_size=12), size=st.integers(1, 5))
def test_no_more_than_a_batch_is_ever_asked_at_once(rounds: list[Held], size: int) -> None:
    asked = sum(held.open for held in rounds)
    assert free_places(rounds=rounds, size=size) <= max(0, size - asked)
