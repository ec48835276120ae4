"""Rules 21 and 22: every standard text in both languages, rendered as a patient reads it."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from clinic.models import Clinic, Provider
from messaging import segments
from offers import texts, wordings, words
from offers.languages import LANGUAGES
from offers.models import Cancellation

# What is said on a call is looked at in test_spoken_texts.
NAMES = [name for name, rule in wordings.RULES.items() if not rule.is_spoken]
TEXTS = [(language, name) for language in LANGUAGES for name in NAMES]
# A quarter of an hour away from every other zone: its name is as long as a name of a zone gets.
FAR_AWAY = "Pacific/Chatham"
STARTS = datetime(2026, 11, 24, 22, 45, tzinfo=UTC)


def slot_of(
    *, sms_name: str = "Riverside & Lakeside", phone: str = "+491512345678901", zone: str = FAR_AWAY
) -> Cancellation:
    clinic = Clinic(sms_name=sms_name, phone=phone, timezone=zone)
    provider = Provider(name="Dr. Maximiliana O'Connell-Featherstonehaugh")
    return Cancellation(clinic=clinic, provider=provider, starts_at=STARTS)


def rendered(language: str, name: str, slot: Cancellation | None = None) -> str:
    slot = slot or slot_of()
    until = STARTS - timedelta(days=230)
    body = texts.render(name, language=language, clinic=slot.clinic, slot=slot, until=until)
    # Whoever sends a link puts it in.
    return body.replace("{link}", wordings.LONGEST[language]["link"])


def test_the_longest_names_are_as_long_as_the_system_can_hold() -> None:
    sms_name = Clinic._meta.get_field("sms_name").max_length
    assert len(wordings.LONGEST["en"]["clinic"]) == wordings.CLINIC_LENGTH == sms_name
    assert len(wordings.LONGEST["en"]["provider"]) == wordings.PROVIDER_LENGTH
    assert len(wordings.LONGEST["en"]["phone"]) == Clinic._meta.get_field("phone").max_length


def test_the_longest_moments_are_as_long_as_any_of_any_zone() -> None:
    year = [datetime(2026, month, day, 23, 59, tzinfo=UTC) for month in range(1, 13) for day in (1, 28)]
    zones = [zoneinfo.ZoneInfo(name) for name in zoneinfo.available_timezones()]
    zone = max(len(str(moment.astimezone(zone).tzname())) for zone in zones for moment in year)
    for code, language in LANGUAGES.items():
        longest = wordings.LONGEST[code]
        assert max(len(language.day(moment)) for moment in year) <= len(longest["day"])
        assert len("12:59 PM ") + zone == len(longest["time"]) == len(longest["deadline"])
        assert len(f"{language.phone}+491512345678901") == len(longest["phone"])
        assert max(map(len, language.absent.values())) <= 20


def test_every_text_is_there_in_every_language_and_no_other() -> None:
    assert set(words.standard()) == {(name, language) for language in LANGUAGES for name in wordings.RULES}


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_rule_22_a_text_stays_in_the_alphabet_of_plain_texts(language: str, name: str) -> None:
    assert segments.foreign(rendered(language, name)) == []


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_rule_22_a_text_is_one_segment_in_english_and_two_at_most_in_spanish(
    language: str, name: str
) -> None:
    text = rendered(language, name)
    assert segments.count(text).segments <= {"en": 1, "es": 2}[language]
    # What was rendered is what the lint looks at: no name here is shorter than its longest.
    body = words.standard()[name, language].body
    assert len(text) == len(wordings.at_its_longest(name=name, language=language, body=body))


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_text_has_no_fault(language: str, name: str) -> None:
    body = words.standard()[name, language].body
    assert wordings.faults(name=name, language=language, body=body) == []


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_rule_21_a_text_carries_the_clinics_short_name_first_and_is_one_clean_line(
    language: str, name: str
) -> None:
    text = rendered(language, name)
    assert text.startswith("Riverside & Lakeside: ")
    assert not re.search(r"[{}\n]", text)
    assert not [pair for pair in pairwise(text) if pair == (" ", " ")]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_uses_the_same_values_in_both_languages(name: str) -> None:
    used = [set(re.findall(r"{(\w+)}", words.standard()[name, language].body)) for language in LANGUAGES]
    assert used[0] == used[1]


@pytest.mark.parametrize(
    ("language", "line"), [("en", "STOP to opt out"), ("es", "STOP para no recibir mensajes")]
)
@pytest.mark.parametrize("name", ["offer", "help", "restarted"])
def test_rule_21_a_text_that_begins_something_says_how_to_stop_it(
    language: str, line: str, name: str
) -> None:
    assert line in rendered(language, name)


@pytest.mark.parametrize(("language", "yes"), [("en", "Reply YES"), ("es", "Conteste SI")])
def test_whoever_comes_too_late_may_stand_by(language: str, yes: str) -> None:
    assert yes in rendered(language, "taken")


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_a_clinic_without_a_phone_leaves_no_gap(language: str, name: str) -> None:
    text = rendered(language, name, slot_of(phone=""))
    assert text == " ".join(text.split())
    assert not re.search(r"(?:\?|[Cc]all|llame|al)$|(?:[Cc]all|llame|al)\.", text)


@pytest.mark.parametrize(("language", "name"), TEXTS)
def test_rule_21_a_text_names_no_reason_for_the_visit_and_no_specialty(language: str, name: str) -> None:
    slot = slot_of()
    slot.reason, slot.provider.provider_type = "relapse", "oncologist"
    assert not re.search(r"relapse|oncolog", rendered(language, name, slot))
