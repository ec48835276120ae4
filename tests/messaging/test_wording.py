"""The one form in which texts are read, and what they ask of us as a sender."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.wording import Keyword, normalise, read, words


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("  YES!! ", "yes"),
        ("Sí", "si"),
        ("\uff39\uff25\uff33", "yes"),
        ("ye\u200bs\ufeff", "yes"),
        ("y\x00es", "yes"),
        ("👍🏽", "👍"),
        ("✔️", "✔"),
        ("I\u2019ll “take” it", 'i\'ll "take" it'),
        ("yesss", "yes"),
        ("yess", "yes"),
        ("noooo", "no"),
        ("yy", "y"),
        ("ok", "ok"),
        ("see you soon, Aaron", "see you soon, aaron"),
        ("SSI", "ssi"),
        ("Helllllo", "hello"),
        ("2000", "2000"),
        ("¿Sí?", "?si?"),
        ("yes\uff1f", "yes?"),
        ("a\n\tb", "a b"),
        ("(…)", ""),
        ("", ""),
    ],
)
def test_a_text_has_one_form_however_it_is_typed(body: str, form: str) -> None:
    assert normalise(body) == form


def test_words_are_split_at_marks_and_symbols_stand_alone() -> None:
    assert words("i'll take-it, ok?👍👍") == ["ill", "take", "it", "ok", "?", "👍", "👍"]


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", Keyword.STOP),
        ("please stop texting me", Keyword.STOP),
        ("CANCEL", Keyword.CANCEL),
        ("End", Keyword.CANCEL),
        ("unstop", Keyword.START),
        ("info", Keyword.HELP),
        ("wrong number", Keyword.WRONG_NUMBER),
        ("stop, wrong number", Keyword.STOP),
        ("YES", Keyword.OTHER),
    ],
)
def test_a_text_is_read_as_the_wish_that_counts_most(body: str, keyword: Keyword) -> None:
    assert read(body).keyword == keyword


@pytest.mark.parametrize("body", ["STOP", " stop\n", "Unsubscribe", "HELP", "START"])
def test_a_single_keyword_is_confirmed_by_the_provider(body: str) -> None:
    assert read(body).single_word


@pytest.mark.parametrize("body", ["STOP!", "stop please", "alto", "stop all", "yes"])
def test_free_wording_is_confirmed_by_us(body: str) -> None:
    assert not read(body).single_word


@pytest.mark.parametrize("body", ["CANCEL", "END", "STOP"])
def test_cancel_and_end_opt_out_like_stop(body: str) -> None:
    assert read(body).opts_out


def test_a_wish_to_cancel_a_visit_opts_nobody_out_and_asks_for_a_person() -> None:
    reading = read("cancel my appointment")
    assert not reading.opts_out
    assert reading.staff_task


@given(st.text())
def test_the_form_of_a_form_is_itself(body: str) -> None:
    assert normalise(normalise(body)) == normalise(body)
