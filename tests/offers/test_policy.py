"""How long an offer stands and who of those in line is asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.policy import Candidate, hold_ends_at, is_worth_asking, last_useful_at, pick

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
