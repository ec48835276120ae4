"""What fills a text: names as every phone shows them, times on the clinic's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clinic.models import Clinic, Provider
from messaging.models import Kind
from offers import texts, wordings, words
from offers.models import Cancellation

NOON_IN_CHICAGO = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)


def slot_at(starts_at: datetime = NOON_IN_CHICAGO, **named: str) -> Cancellation:
    clinic = Clinic(sms_name=named.get("clinic", "Lakeside"), phone=named.get("phone", "+13125550190"))
    clinic.timezone = named.get("zone", "America/Chicago")
    return Cancellation(
        clinic=clinic, provider=Provider(name=named.get("provider", "Dr. Weiss")), starts_at=starts_at
    )


def offer(slot: Cancellation, language: str = "en", *, before: timedelta = timedelta(hours=24)) -> str:
    until = slot.starts_at - before
    return texts.render("offer", language=language, clinic=slot.clinic, slot=slot, until=until)


def test_an_offer_in_english() -> None:
    assert offer(slot_at()) == (
        "Lakeside: open visit Tue Mar 3 12:00 PM CST with Dr. Weiss. First YES by 12:00 PM gets it. "
        "NO to pass. STOP to opt out"
    )


def test_an_offer_in_spanish_names_the_month_since_3_11_is_two_days() -> None:
    assert offer(slot_at(datetime(2026, 11, 3, 18, tzinfo=UTC)), "es") == (
        "Lakeside: hay una cita libre el mar 3 nov 12:00 PM CST con Dr. Weiss. Es para la primera persona "
        "que conteste SI antes de las 12:00 PM. Conteste NO si no la quiere. STOP para no recibir mensajes."
    )


@pytest.mark.parametrize("language", ["fr", "", "EN", "../en"])
def test_a_language_without_texts_is_answered_in_english(language: str) -> None:
    assert offer(slot_at(), language) == offer(slot_at(), "en")


def test_a_text_of_an_unknown_name_is_a_bug() -> None:
    with pytest.raises(KeyError):
        texts.render("nonsense", language="en", clinic=Clinic())


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Chicago", "Tue Mar 3 12:00 PM CST"),
        ("America/Denver", "Tue Mar 3 11:00 AM MST"),
        ("Pacific/Chatham", "Wed Mar 4 7:45 AM +1345"),
        ("America/Phoenix", "Tue Mar 3 11:00 AM MST"),
    ],
)
def test_a_time_is_told_on_the_clinics_clock_with_its_zone(zone: str, said: str) -> None:
    assert said in offer(slot_at(zone=zone))


def test_rule_6_a_deadline_beside_a_time_of_another_zone_names_its_own() -> None:
    # The clocks go forward on the night of March 8.
    after_the_change = slot_at(datetime(2026, 3, 8, 18, 0, tzinfo=UTC))
    text = offer(after_the_change, before=timedelta(hours=23))
    assert "Sun Mar 8 1:00 PM CDT" in text
    assert "by 1:00 PM CST gets it" in text


@pytest.mark.parametrize(("hours", "deadline"), [(2, "1:30 AM CDT"), (1, "1:30 AM CST"), (0, "2:30 AM")])
def test_a_deadline_that_the_clocks_strike_twice_names_its_zone(hours: int, deadline: str) -> None:
    # Half past two in standard time, on the night of November 1 whose hour from one to two comes twice.
    slot = slot_at(datetime(2026, 11, 1, 8, 30, tzinfo=UTC))
    assert f"by {deadline} gets it" in offer(slot, before=timedelta(hours=hours))


@pytest.mark.parametrize(
    ("hour", "said"), [(6, "12:00 AM"), (7, "1:00 AM"), (18, "12:00 PM"), (23, "5:00 PM")]
)
def test_noon_and_midnight_are_told_apart(hour: int, said: str) -> None:
    assert f"{said} CST" in offer(slot_at(datetime(2026, 3, 3, hour, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"clinic": "Clínica Peña"}, "Clinica Peña: open visit"),
        ({"clinic": "{phone} {day}"}, "(phone) (day): open visit"),
        ({"clinic": "診療所"}, "Your clinic: open visit"),
        ({"provider": "Dr. Maximiliana O’Connell-Smith"}, "with Dr. Maximiliana O'Connell."),
        ({"provider": "王医生"}, "with our team."),
        ({"clinic": "ﷺ" * 20}, "Your clinic: open visit"),
        ({"clinic": "㎯" * 20}, "rads2rads2rads2rads2: open visit"),
    ],
)
def test_a_name_is_told_in_the_alphabet_of_plain_texts_and_cut(named: dict[str, str], said: str) -> None:
    text = offer(slot_at(NOON_IN_CHICAGO, **named))
    assert said in text
    assert len(text.split(":")[0]) <= 20


def test_a_clinic_without_a_phone_is_us_and_la_oficina() -> None:
    clinic = Clinic(sms_name="Lakeside", phone="")
    assert "For help call us." in texts.render("help", language="en", clinic=clinic)
    assert "llame a la oficina." in texts.render("help", language="es", clinic=clinic)


@pytest.mark.parametrize("name", list(wordings.RULES))
def test_every_text_is_of_a_kind(name: str) -> None:
    assert (texts.KINDS.get(name) or Kind(name)) in Kind


def test_a_version_names_the_words_and_changes_with_them() -> None:
    clinic = Clinic(sms_name="Lakeside")
    version = texts.version("help", language="es", clinic=clinic)
    assert version.startswith("help/es@")
    assert version == texts.compose("help", language="es", clinic=clinic).version
    assert version == words.words("help", "es", f" {words.standard()['help', 'es'].body}\n").version
    assert version != words.words("help", "es", "{clinic}: otra").version
    assert texts.version("help", language="fr", clinic=clinic).startswith("help/en@")
