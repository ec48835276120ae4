"""Readings of answers to reminders: the table of phrases, and the laws that no text breaks."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.intents import Intent, read
from tests.conftest import SHOWN

TABLE = Path(__file__).resolve().parents[2] / "outreach" / "phrases.csv"


def rows() -> list[tuple[str, Intent]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["phrase"], Intent(row["reading"])) for row in csv.DictReader(file)]


def matrix(counts: Counter[tuple[Intent, Intent]]) -> str:
    """Rows are what was meant, columns what was read."""
    head = f"{'':>10}" + "".join(f"{intent:>10}" for intent in Intent)
    lines = (f"{meant:>10}" + "".join(f"{counts[meant, found]:>10}" for found in Intent) for meant in Intent)
    return "\n".join([head, *lines])


@pytest.fixture(scope="module")
def confusion() -> Counter[tuple[Intent, Intent]]:
    return Counter((meant, read(phrase)) for phrase, meant in rows())


def test_the_confusion_matrix_is_shown(
    confusion: Counter[tuple[Intent, Intent]], record_property: Callable[[str, object], None]
) -> None:
    record_property(SHOWN, f"Answers to reminders: rows were meant, columns read\n{matrix(confusion)}")
    assert sum(confusion.values()) == len(rows())


def test_the_table_has_three_hundred_phrases_and_none_twice() -> None:
    phrases = [phrase for phrase, _ in rows()]
    assert len(phrases) >= 300
    assert len(set(phrases)) == len(phrases)


@pytest.mark.parametrize("intent", [Intent.ONE, Intent.CONFIRM, Intent.TWO])
def test_no_phrase_is_falsely_read_as_one_that_acts(
    confusion: Counter[tuple[Intent, Intent]], intent: Intent
) -> None:
    assert [meant for meant, found in confusion if found == intent != meant] == []


@pytest.mark.parametrize(("phrase", "meant"), rows())
def test_a_phrase_is_read_as_the_table_says(phrase: str, meant: Intent) -> None:
    assert read(phrase) == meant


@given(st.text())
def test_any_text_can_be_read(body: str) -> None:
    assert read(body) in Intent


@given(
    before=st.text(alphabet="abcdefgh 0123456789?¿2", max_size=12),
    after=st.text(alphabet="abcdefgh 0123456789?¿2", max_size=12),
)
def test_no_text_with_more_in_it_than_a_one_cancels(before: str, after: str) -> None:
    if (before + after).strip():
        assert read(f"{before}1{after}") != Intent.ONE or set((before + after).split()) <= {"1"}


@given(
    st.lists(st.sampled_from(["1", "2", "not", "no", "or", "if", "yes", "c", "cancel", "maybe"]), min_size=2)
)
def test_a_one_beside_anything_else_cancels_nothing(said: list[str]) -> None:
    if set(said) != {"1"}:
        assert read(" ".join(said)) != Intent.ONE


@given(st.lists(st.sampled_from(["c", "confirm", "not", "dont", "if", "but", "maybe", "?"]), min_size=1))
def test_a_condition_or_a_doubt_confirms_nothing(said: list[str]) -> None:
    if {"not", "dont", "if", "but", "maybe", "?"} & set(said):
        assert read(" ".join(said)) not in (Intent.CONFIRM, Intent.YES)
