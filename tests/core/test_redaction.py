"""No log line tells who somebody is."""

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction import JsonFormatter, RedactingFilter, redact

MARKER = "Zebedee"


def record(message: object, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.getLogger("t").makeRecord("t", logging.INFO, "f.py", 1, message, args, None, extra=extra)
    assert RedactingFilter().filter(made)
    return made


def failed(error: Exception, *, filtered: bool = True) -> str:
    """The line that is logged when `error` is raised, caused by another one."""
    try:
        try:
            raise LookupError("first '+13125550142'")
        except LookupError as cause:
            raise error from cause
    except Exception:
        made = logging.LogRecord("t", logging.ERROR, "f.py", 1, "failed", (), sys.exc_info())
    if filtered:
        RedactingFilter().filter(made)
    return JsonFormatter().format(made)


@pytest.mark.parametrize(
    "written",
    [
        "+13125550142",
        "13125550142",
        "3125550142",
        "312-555-0142",
        "(312) 555-0142",
        "312.555.0142",
        "+1 (312) 555-0142",
        "whatsapp:+13125550142",
        "To=%2B13125550142",
        "To=%2b13125550142&From=1",
        "<+13125550142>",
    ],
)
def test_of_a_phone_number_four_digits_stay(written: str) -> None:
    found = redact(f"text to {written} left")
    assert "…0142" in found
    assert "312" not in found
    assert "555" not in found


@pytest.mark.parametrize("written", ["+442071838750", "+49 30 901820", "+525512345678"])
def test_of_a_foreign_number_four_digits_stay(written: str) -> None:
    assert redact(written) == "…" + written.replace(" ", "")[-4:]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T18:00:00.123+00:00",
        "offer 1234567 of round 12",
        "SM00000000004155550123456789abcdef",
        "took 0.0123 s",
        "0b0e7a52-4155-4550-8123-415555012345",
        "2026-11-20 18:00:00+00",
        "127.0.0.1:8000",
        "/cancellations/20261120/",
    ],
)
def test_what_is_no_phone_number_stays(written: str) -> None:
    assert redact(written) == written


def test_an_e_mail_address_is_not_logged() -> None:
    assert redact("mail from zeb.edee+x@clinic.example.org bounced") == "mail from [e-mail] bounced"


def test_a_number_in_the_arguments_is_masked() -> None:
    assert record("asked %s and %s", "+13125550142", 2125550143).getMessage() == "asked …0142 and …0143"


def test_a_number_split_between_message_and_argument_is_masked() -> None:
    assert record("asked +1312%s", 5550142).getMessage() == "asked …0142"


def test_a_percent_sign_in_an_argument_breaks_nothing() -> None:
    assert record("said %s", "100%d").getMessage() == "said 100%d"


def test_arguments_that_do_not_fit_are_left_out() -> None:
    assert MARKER not in JsonFormatter().format(record("asked %d", MARKER))


def test_extra_fields_are_masked_at_any_depth() -> None:
    made = record("asked", phones=["+13125550142", {"to": "+12125550143"}], slot=7)
    line = json.loads(JsonFormatter().format(made))
    assert line["phones"] == ["…0142", {"to": "…0143"}]
    assert line["slot"] == 7


def test_an_object_in_an_extra_field_shows_its_type_only() -> None:
    line = json.loads(JsonFormatter().format(record("asked", who=LookupError(MARKER))))
    assert line["who"] == "<LookupError>"


def test_a_line_is_one_json_object_with_its_time_in_utc() -> None:
    text = JsonFormatter().format(record("one\ntwo", request_id="abc"))
    line = json.loads(text)
    assert "\n" not in text
    assert (line["event"], line["level"], line["logger"], line["request_id"]) == (
        "one\ntwo",
        "info",
        "t",
        "abc",
    )
    assert line["at"].endswith("+00:00")


@pytest.mark.parametrize("filtered", [True, False])
@pytest.mark.parametrize(
    "message",
    [
        f"duplicate key\nDETAIL:  Key (last_name)=({MARKER}) already exists.\nHINT: look",
        f"duplicate key\nDETAIL:  Key (last_name)=({MARKER}\n{MARKER}) already exists.",
        f"not null\nDETAIL:  Failing row contains (1, {MARKER}, +13125550142).",
        f"not null\nDETAIL:  Failing row contains (1, a\n{MARKER}, 2).\nCONTEXT:  COPY x, line 1: {MARKER}",
        f"Key (last_name)=({MARKER}) is still referenced",
        f'invalid input syntax for type integer: "{MARKER}"',
        f"no row for '{MARKER}'",
    ],
)
def test_the_data_in_a_database_error_is_not_logged(message: str, filtered: bool) -> None:
    line = failed(ValueError(message), filtered=filtered)
    assert MARKER not in line
    assert "312555" not in line


def test_the_name_of_a_violated_constraint_is_logged() -> None:
    error = ValueError(
        'duplicate key value violates unique constraint "offer_one_winner"\nDETAIL:  Key (a)=(b)'
    )
    assert 'ValueError: duplicate key value violates unique constraint \\"offer_one_winner\\"' in failed(
        error
    )


def test_every_error_of_a_chain_is_logged_with_its_place() -> None:
    error = json.loads(failed(KeyError(MARKER)))["error"]
    assert error.index("LookupError: first '…'") < error.index("KeyError: '…'")
    assert "test_redaction.py" in error


@given(st.text())
def test_any_text_can_be_logged(text: str) -> None:
    json.loads(JsonFormatter().format(record(text)))
    json.loads(JsonFormatter().format(record("%s", text, note=text)))
