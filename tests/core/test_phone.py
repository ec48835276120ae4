"""Phone numbers as people write them, and the one form in which they are stored."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core import phone


@pytest.mark.parametrize(
    "raw",
    [
        "+13125550142",
        "3125550142",
        "(312) 555-0142",
        "312.555.0142",
        "1 312 555 0142",
        " +1 (312) 555-0142 ",
        "\uff0b\uff11 312 555 014\uff12",
    ],
)
def test_a_number_is_stored_in_one_form_however_it_is_written(raw: str) -> None:
    assert phone.normalise(raw) == "+13125550142"


def test_a_number_of_another_country_keeps_its_country() -> None:
    assert phone.normalise("+49 30 901820") == "+4930901820"


def test_a_number_without_a_country_belongs_to_the_region() -> None:
    assert phone.normalise("030 901820", region="DE") == "+4930901820"


@pytest.mark.parametrize("raw", ["+12025550100", "+17135550199", "+19995550142"])
def test_the_numbers_reserved_for_fiction_are_accepted(raw: str) -> None:
    assert phone.normalise(raw) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "+",
        "12",
        "5550142",
        "+1999555014",
        "+19995550200",
        "+999123456789",
        "+11115550142",
        "call me",
        "call 312 555 0142",
        "312-555-0142 ext. 7",
        "(312) 555-0142;x=1",
        "\x00",
        "+1312555\x000142",
        "9" * 400,
    ],
)
def test_what_cannot_be_called_is_refused(raw: str) -> None:
    with pytest.raises(ValidationError, match="not a phone number"):
        phone.normalise(raw)


@pytest.mark.parametrize(
    "value", ["3125550142", "+1 312 555 0142", "+013125550142", "+1312555", "+13125550142\n", ""]
)
def test_a_column_takes_nothing_but_the_one_form(value: str) -> None:
    with pytest.raises(ValidationError):
        phone.validate_e164(value)


def test_a_column_takes_a_number_in_the_one_form() -> None:
    phone.validate_e164("+13125550142")


def test_a_masked_number_shows_four_digits() -> None:
    assert phone.mask("+13125550142") == "…0142"


@given(st.text() | st.from_regex(r"[+(]?[\d .()-]{5,18}"))
def test_any_text_is_either_refused_or_becomes_a_number_that_a_column_takes(raw: str) -> None:
    try:
        found = phone.normalise(raw)
    except ValidationError:
        return
    phone.validate_e164(found)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+13125550142", ("America/Chicago",)),
        ("+16025550142", ("America/Phoenix",)),
        ("+12085550142", ("America/Boise", "America/Los_Angeles")),
        ("+4915112345678", ("Europe/Berlin",)),
        # Toll-free: anywhere from Guam to Puerto Rico.
        ("+18005551234", ()),
        # Nobody's, and no number at all.
        ("+13120000000", ()),
        ("someone", ()),
        ("", ()),
    ],
)
def test_rule_20_a_number_says_in_which_zones_it_may_be(number: str, zones: tuple[str, ...]) -> None:
    assert phone.zones_of(number) == zones


def test_rule_20_a_mobile_number_has_all_the_zones_of_its_country() -> None:
    zones = phone.zones_of("+61412345678")
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones)
    assert list(zones) == sorted(zones)
