"""Rule 22: how many segments a text is, by our own counter. A table of cases, and the laws behind it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import segments
from messaging.segments import Alphabet

GSM, UCS = Alphabet.GSM_7, Alphabet.UCS_2
FACE = "\U0001f600"

CASES = [
    # text, alphabet, places, segments
    ("", GSM, 0, 0),
    ("A", GSM, 1, 1),
    ("a" * 160, GSM, 160, 1),
    ("a" * 161, GSM, 161, 2),
    ("a" * 306, GSM, 306, 2),
    ("a" * 307, GSM, 307, 3),
    ("é ñ ü ¿ ¡ à è ù ò ì Ç É Ñ", GSM, 25, 1),
    ("Δ_ΦΓΛΩΠΨΣΘΞ £$¥¤§", GSM, 17, 1),
    ("one\ntwo", GSM, 7, 1),
    ("one\r\ntwo", GSM, 8, 1),
    *[(char, GSM, 2, 1) for char in "€^{}[]~|\\\f"],
    ("€" * 80, GSM, 160, 1),
    ("€" * 80 + "a", GSM, 161, 2),
    # 153 is odd: the euro that would begin in the last place begins the next part.
    ("€" * 81, GSM, 162, 2),
    ("€" * 152, GSM, 304, 2),
    ("€" * 153, GSM, 306, 3),
    ("a" * 152 + "€" + "a" * 151, GSM, 305, 2),
    ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
    *[(char, UCS, 1, 1) for char in "íáóúÁÍÓÚç’“”–…\t\u00a0\x1b\x00`"],
    ("í" * 70, UCS, 70, 1),
    ("í" * 71, UCS, 71, 2),
    ("a" * 70 + "í", UCS, 71, 2),
    ("í" * 134, UCS, 134, 2),
    ("í" * 135, UCS, 135, 3),
    ("€í", UCS, 2, 1),
    (FACE, UCS, 2, 1),
    (FACE * 35, UCS, 70, 1),
    (FACE * 36, UCS, 72, 2),
    # 67 is odd as well.
    (FACE * 66, UCS, 132, 2),
    (FACE * 67, UCS, 134, 3),
    ("\ud83d", UCS, 1, 1),
]


@pytest.mark.parametrize(("text", "alphabet", "places", "count"), CASES)
def test_rule_22_the_table_of_cases(text: str, alphabet: Alphabet, places: int, count: int) -> None:
    counted = segments.count(text)
    assert (counted.alphabet, counted.places, counted.segments) == (alphabet, places, count)


def test_the_alphabet_is_that_of_the_standard() -> None:
    # 128 places, less the escape itself.
    assert (len(segments.BASIC), len(segments.EXTENSION)) == (127, 10)
    assert not segments.BASIC & segments.EXTENSION


def test_what_takes_two_places_is_never_split() -> None:
    assert segments.count("a" * 152 + "€" + "b" * 10).parts == ("a" * 152, "€" + "b" * 10)
    assert segments.count("í" * 66 + FACE + "b" * 10).parts == ("í" * 66, FACE + "b" * 10)


@pytest.mark.parametrize(
    ("text", "room"), [("a", 160), ("a" * 161, 306), ("a" * 307, 459), ("í", 70), ("í" * 71, 134)]
)
def test_the_room_is_that_of_as_many_segments(text: str, room: int) -> None:
    assert segments.count(text).room == room


def test_what_makes_a_text_expensive_is_named_once_each() -> None:
    assert segments.foreign("más café, más té, “sí”") == ["á", "“", "í", "”"]


ANY = st.text(alphabet=st.one_of(st.sampled_from("aé€^í" + FACE), st.characters()), max_size=500)


@given(ANY)
def test_the_parts_are_the_text(text: str) -> None:
    assert "".join(segments.count(text).parts) == text


@given(ANY)
def test_no_part_is_fuller_than_a_segment(text: str) -> None:
    whole = segments.count(text)
    room = {GSM: 153, UCS: 67}[whole.alphabet]
    if whole.segments > 1:
        costs = [sum(_cost(char, whole.alphabet) for char in part) for part in whole.parts]
        assert max(costs) <= room
        assert min(costs[:-1]) >= room - 1
    assert whole.places <= whole.room


def _cost(char: str, alphabet: Alphabet) -> int:
    """By the encodings themselves: an escape and its letter, or the units of UTF-16."""
    if alphabet == GSM:
        return 1 + (char in segments.EXTENSION)
    return len(char.encode("utf-16-le", "surrogatepass")) // 2


@given(ANY, ANY)
def test_a_longer_text_is_never_fewer_segments(first: str, second: str) -> None:
    assert segments.count(first + second).segments >= segments.count(first).segments


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Dr. Peña", "Dr. Peña"),
        ("Dr. Pen\u0303a", "Dr. Peña"),
        ("María José", "Maria José"),
        ("Ángel Muñoz", "Angel Muñoz"),
        ("O’Connell", "O'Connell"),
        ("Lake – North", "Lake - North"),
        ("A [B] {C} | D", "A (B) (C) / D"),
        ("  Two\u00a0words\r\n", "Two words"),
        ("Łódź", "Lodz"),
        ("診療所", ""),
        ("\x1b\x00", ""),
        ("⑴ ﬁve", "(1) five"),
    ],
)
def test_a_name_is_told_in_letters_of_one_place(name: str, plain: str) -> None:
    assert segments.plain(name) == plain


@given(st.text(max_size=60))
def test_a_plain_name_costs_one_place_a_letter(name: str) -> None:
    plain = segments.plain(name)
    assert segments.foreign(plain) == []
    assert segments.count(plain).places == len(plain)
    assert segments.plain(plain) == plain
