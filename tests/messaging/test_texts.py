"""Every text fits its segments with the longest names, in an alphabet that every phone can show."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.template.loader import render_to_string

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "texts"
LANGUAGES = ("en", "es")
NAMES = sorted(path.stem for path in (FOLDER / "en").glob("*.txt"))
TEXTS = [(language, name) for language in LANGUAGES for name in NAMES]

# 3GPP TS 23.038, without the characters that take two places.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("€^{}[]~|\\\f")
LONGEST = {
    "clinic": "Riverside & Lakeside",
    "clinic_phone": "(312) 555-0142",
    "day": "Wed Nov 24",
    "time": "12:30 PM",
    "zone": "CT",
    "provider": "Dr. Maximiliana O'Connell",
    "deadline": "12:37 PM",
}


def rendered(language: str, name: str, **changes: str) -> str:
    return render_to_string(f"texts/{language}/{name}.txt", {**LONGEST, **changes}).strip()


def places(text: str) -> int:
    return sum(2 if char in GSM_DOUBLE else 1 for char in text)


def variables(language: str, name: str) -> set[str]:
    return set(re.findall(r"{{ (\w+)", (FOLDER / language / f"{name}.txt").read_text()))


def test_the_longest_names_are_as_long_as_they_may_be() -> None:
    assert (len(LONGEST["clinic"]), len(LONGEST["provider"])) == (20, 25)


def test_every_text_is_there_in_both_languages() -> None:
    assert sorted(path.stem for path in (FOLDER / "es").glob("*.txt")) == NAMES
    assert len(NAMES) == 18


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_text_stays_in_the_alphabet_of_plain_texts(language: str, name: str) -> None:
    assert set(rendered(language, name)) - GSM - GSM_DOUBLE == set()


@pytest.mark.parametrize("name", NAMES)
def test_an_english_text_is_one_segment(name: str) -> None:
    assert places(rendered("en", name)) <= 160


@pytest.mark.parametrize("name", NAMES)
def test_a_spanish_text_is_two_segments_at_most(name: str) -> None:
    assert places(rendered("es", name)) <= 2 * 153


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_text_shows_every_value_as_it_is(language: str, name: str) -> None:
    text = rendered(language, name)
    assert variables(language, name) <= set(LONGEST)
    assert [value for value in variables(language, name) if LONGEST[value] not in text] == []


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_text_begins_with_the_clinic_and_is_one_clean_line(language: str, name: str) -> None:
    text = rendered(language, name, zone="")
    assert text.startswith(f"{LONGEST['clinic']}: ")
    assert "\n" not in text
    assert not [pair for pair in pairwise(text) if pair == (" ", " ")]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_uses_the_same_values_in_both_languages(name: str) -> None:
    assert variables("en", name) == variables("es", name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["offer", "help", "restarted"])
def test_a_text_that_begins_something_says_how_to_stop_it(language: str, name: str) -> None:
    assert "STOP" in rendered(language, name)


@pytest.mark.parametrize(("language", "yes"), [("en", "Reply YES"), ("es", "Conteste SI")])
def test_whoever_comes_too_late_may_stand_by(language: str, yes: str) -> None:
    assert yes in rendered(language, "taken")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offer_names_its_deadline(language: str) -> None:
    assert LONGEST["deadline"] in rendered(language, "offer")


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_clinic_without_a_phone_leaves_no_gap(language: str, name: str) -> None:
    text = rendered(language, name, clinic_phone="")
    assert text == " ".join(text.split())
    assert not re.search(r"(?:\?|[Cc]all|llame|al)$|(?:[Cc]all|llame|al)\.", text)
