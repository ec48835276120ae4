"""What is said on a call, in both languages, as a voice reads it out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from clinic.models import Clinic, Provider
from offers import speech, texts, wordings, words
from offers.languages import LANGUAGES
from offers.models import Cancellation
from offers.speech import SPEECH

NAMES = [name for name, rule in wordings.RULES.items() if rule.is_spoken]
SAID = [(language, name) for language in LANGUAGES for name in NAMES]
# 9:30 in the morning in Chicago.
STARTS = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def slot_at(starts_at: datetime = STARTS, *, phone: str = "+13125550142") -> Cancellation:
    clinic = Clinic(sms_name="Lakeside", phone=phone, timezone="America/Chicago")
    return Cancellation(clinic=clinic, provider=Provider(name="Dr. Weiss"), starts_at=starts_at)


def said(language: str, name: str, slot: Cancellation | None = None) -> str:
    slot = slot or slot_at()
    return texts.render(name, language=language, clinic=slot.clinic, slot=slot)


def test_the_question_in_english() -> None:
    assert said("en", "call_offer") == (
        "Hello, this is an automated call from Lakeside. A visit is free Tuesday, November 24, at 9:30 AM, "
        "with Dr. Weiss. The first person who says yes gets it. Press 1 to take it. Press 2 to pass. Press 9 "
        "to get no more calls or texts from us. Or call 3 1 2, 5 5 5, 0 1 4 2."
    )


def test_the_question_in_spanish() -> None:
    assert said("es", "call_offer") == (
        "Hola, esta es una llamada automática de Lakeside. Hay una cita libre el martes 24 de noviembre, a"
        " las 9:30 de la mañana, con Dr. Weiss. Es para la primera persona que diga que sí. Oprima 1 para"
        " tomarla. Oprima 2 si no la quiere. Oprima 9 para no recibir más llamadas ni mensajes. Llámenos al"
        " 3 1 2, 5 5 5, 0 1 4 2."
    )


@pytest.mark.parametrize(("language", "name"), SAID)
def test_what_is_said_has_no_fault_and_leaves_nothing_unfilled(language: str, name: str) -> None:
    body = words.standard()[name, language].body
    assert wordings.faults(name=name, language=language, body=body) == []
    assert not re.search(r"[{}\n]", said(language, name))


@pytest.mark.parametrize(("language", "name"), SAID)
def test_nothing_is_said_that_a_voice_would_spell(language: str, name: str) -> None:
    # A zone, a number in one piece, or a line that only a text can have.
    assert not re.search(r"\b(C[SD]T|STOP|YES|SI|START|HELP)\b|\d{5,}|\+\d", said(language, name))


@pytest.mark.parametrize(("language", "name"), SAID)
def test_what_is_said_names_no_reason_for_the_visit_and_no_specialty(language: str, name: str) -> None:
    slot = slot_at()
    slot.reason, slot.provider.provider_type = "relapse", "oncologist"
    assert not re.search(r"relapse|oncolog", said(language, name, slot))


@pytest.mark.parametrize(("language", "name"), SAID)
def test_a_clinic_without_a_phone_leaves_no_gap(language: str, name: str) -> None:
    text = said(language, name, slot_at(phone=""))
    assert text == " ".join(text.split())
    assert not re.search(r"(?:[Cc]all|Llámenos|llámenos|al)[.]", text)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_uses_the_same_values_in_both_languages(name: str) -> None:
    used = [set(re.findall(r"{(\w+)}", words.standard()[name, language].body)) for language in LANGUAGES]
    assert used[0] == used[1]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_caller_says_first_who_is_calling(language: str) -> None:
    """47 CFR 64.1200(b)(1)."""
    body = words.standard()["call_offer", language].body
    assert re.findall(r"{(\w+)}", body)[0] == "clinic"


@pytest.mark.parametrize("key", ["1", "2", "9"])
def test_own_words_that_do_not_name_a_key_are_refused(key: str) -> None:
    body = words.standard()["call_offer", "en"].body.replace(f"Press {key}", "Press it")
    faults = wordings.faults(name="call_offer", language="en", body=body)
    assert faults == [f"{key} is missing: the patient must hear which key to press."]


def test_own_words_that_take_longer_than_half_a_minute_are_refused() -> None:
    faults = wordings.faults(name="call_goodbye", language="en", body="{clinic} " + "a" * 440)
    assert faults == ["Too long: on the longest names it is 461 characters, and 450 are the most."]


def test_the_longest_that_is_said_is_as_long_as_any_moment() -> None:
    year = [STARTS + timedelta(hours=7 * hours) for hours in range(1250)]
    for language, voice in SPEECH.items():
        longest = wordings.LONGEST_SPOKEN[language]
        assert max(len(voice.day(moment)) for moment in year) == len(longest["day"])
        assert max(len(voice.time(moment)) for moment in year) == len(longest["time"])


@pytest.mark.parametrize(
    ("hour", "english", "spanish"),
    [
        (0, "at 12:05 AM", "a las 12:05 de la mañana"),
        (1, "at 1:05 AM", "a la 1:05 de la mañana"),
        (12, "at 12:05 PM", "a las 12:05 de la tarde"),
        (13, "at 1:05 PM", "a la 1:05 de la tarde"),
        (18, "at 6:05 PM", "a las 6:05 de la tarde"),
        (19, "at 7:05 PM", "a las 7:05 de la noche"),
    ],
)
def test_a_time_is_said_as_people_say_it(hour: int, english: str, spanish: str) -> None:
    moment = datetime(2026, 3, 2, hour, 5, tzinfo=UTC)
    assert (SPEECH["en"].time(moment), SPEECH["es"].time(moment)) == (english, spanish)


@pytest.mark.parametrize(
    ("phone", "said"),
    [("+13125550142", "3 1 2, 5 5 5, 0 1 4 2"), ("+491512345", "4 9 1, 5 1 2, 3 4 5"), ("", "")],
)
def test_a_number_is_said_digit_by_digit(phone: str, said: str) -> None:
    assert speech.digits(phone) == said
