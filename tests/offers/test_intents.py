"""Readings of answers: the table of phrases, and the laws that no text breaks."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.intents import Intent, Reading, read
from tests.conftest import SHOWN

TABLE = Path(__file__).resolve().parents[2] / "offers" / "phrases.csv"


def rows() -> list[tuple[str, Intent]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["phrase"], Intent(row["reading"])) for row in csv.DictReader(file)]


def matrix(counts: Counter[tuple[Intent, Intent]]) -> str:
    """Rows are what was meant, columns what was read."""
    head = f"{'':>14}" + "".join(f"{intent:>14}" for intent in Intent)
    lines = (f"{meant:>14}" + "".join(f"{counts[meant, found]:>14}" for found in Intent) for meant in Intent)
    return "\n".join([head, *lines])


@pytest.fixture(scope="module")
def confusion() -> Counter[tuple[Intent, Intent]]:
    return Counter((meant, read(phrase).intent) for phrase, meant in rows())


def test_the_confusion_matrix_is_shown(
    confusion: Counter[tuple[Intent, Intent]], record_property: Callable[[str, object], None]
) -> None:
    record_property(SHOWN, f"Answers: rows are what was meant, columns what was read\n{matrix(confusion)}")
    assert sum(confusion.values()) == len(rows())


def test_the_table_has_a_thousand_phrases_and_none_twice() -> None:
    phrases = [phrase for phrase, _ in rows()]
    assert len(phrases) >= 1_000
    assert len(set(phrases)) == len(phrases)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_table_has_every_reading_in_both_languages(language: str) -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        readings = Counter(row["reading"] for row in csv.DictReader(file) if row["language"] == language)
    assert [intent for intent in Intent if not readings[intent]] == []
    assert readings[Intent.STOP] >= 100


def test_rule_16_no_phrase_is_falsely_read_as_yes(confusion: Counter[tuple[Intent, Intent]]) -> None:
    assert [meant for meant, found in confusion if found == Intent.YES != meant] == []


def test_rule_14_no_opt_out_is_missed(confusion: Counter[tuple[Intent, Intent]]) -> None:
    assert [found for meant, found in confusion if meant == Intent.STOP != found] == []


@pytest.mark.parametrize(("phrase", "meant"), rows())
def test_a_phrase_is_read_as_the_table_says(phrase: str, meant: Intent) -> None:
    assert read(phrase).intent == meant


@pytest.mark.parametrize(
    "phrase", ["No, not today", "maybe", "I'm busy", "stop my texts", "cancel my appointment"]
)
def test_what_once_booked_a_slot_without_a_yes_books_none(phrase: str) -> None:
    assert read(phrase).intent != Intent.YES


@pytest.mark.parametrize(
    "word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
)
def test_every_opt_out_word_of_twilio_stops_and_is_confirmed_by_twilio(word: str) -> None:
    reading = read(f" {word.title()} ")
    assert (reading.intent, reading.single_word) == (Intent.STOP, True)


@pytest.mark.parametrize("phrase", ["CANCEL", "END", "cancel my appointment", "wrong number"])
def test_words_that_may_ask_for_a_person_make_a_task(phrase: str) -> None:
    assert read(phrase).staff_task


@pytest.mark.parametrize("phrase", ["STOP", "yes", "no", "HELP", "maybe"])
def test_plain_answers_make_no_task(phrase: str) -> None:
    assert not read(phrase).staff_task


@pytest.mark.parametrize("body", ["", " ", "\x00", "\u200b", "…", "!!!", "\n\n", "a" * 10_000, "👍a" * 5_000])
def test_a_body_without_an_answer_is_unclear(body: str) -> None:
    assert read(body) == Reading(Intent.UNCLEAR)


def test_a_zero_byte_changes_nothing() -> None:
    assert read("y\x00es").intent == Intent.YES
    assert read("st\x00op").intent == Intent.STOP


@given(st.text())
def test_any_text_can_be_read(body: str) -> None:
    assert read(body).intent in Intent


@given(
    before=st.text(),
    mark=st.characters(categories=["Nd"]) | st.sampled_from("?¿？؟"),  # noqa: RUF001 - each asks
    after=st.text(),
    answer=st.sampled_from(["", "yes", "ok ", "sí", "👍"]),
)
def test_no_text_with_a_digit_or_a_question_mark_is_a_yes(
    before: str, mark: str, after: str, answer: str
) -> None:
    assert read(f"{before}{answer}{mark}{after}").intent != Intent.YES
    assert read(f"{answer}{mark}").intent != Intent.YES


@given(
    st.lists(st.sampled_from(["yes", "no", "not", "but", "ok", "stop", "please", "if", "never", "👍", "👎"]))
)
def test_no_text_with_a_negation_or_a_condition_is_a_yes(said: list[str]) -> None:
    if {"no", "not", "but", "if", "never", "👎", "stop"} & set(said):
        assert read(" ".join(said)).intent != Intent.YES


@given(
    st.text(max_size=20),
    st.sampled_from(["STOP", "stop texting me", "no más mensajes"]),
    st.text(max_size=20),
)
def test_an_opt_out_on_a_line_of_its_own_is_never_missed(before: str, words: str, after: str) -> None:
    assert read(f"{before.replace(chr(34), '')}\n{words}\n{after}").intent == Intent.STOP
