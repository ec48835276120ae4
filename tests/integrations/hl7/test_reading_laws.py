"""Whatever comes, it is read or it waits for a person: nothing else happens."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.facts import Park
from integrations.hl7 import acknowledging, header, normalising
from integrations.hl7.acknowledging import Verdict
from integrations.hl7.tokens import Message
from tests.integrations.hl7 import goldens

GOLDEN = st.sampled_from(goldens.ALL)
# What messages are made of, and what breaks them.
MARKS = [b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b'""', b"\\X\\", b"\\X0\\", b"\x00", b"\x0b", b"\x1c"]
WORDS = [
    b"MSH|",
    b"SCH|",
    b"PID|",
    b"BHS|",
    b"9" * 40,
    b"-",
    b"+9999",
    b"\xff\xfe",
    b"\xc3",
    "٣".encode(),
    b"2026",
]
PIECES = st.sampled_from([*MARKS, *WORDS])


@settings(max_examples=300)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_read_or_parked(body: bytes) -> None:
    assert_read_or_parked(goldens.ALL[0], body)


@settings(max_examples=400)
@given(golden=GOLDEN, places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), PIECES), max_size=6))
def test_a_damaged_message_is_read_or_parked(
    golden: goldens.Golden, places: list[tuple[float, int, bytes]]
) -> None:
    body = golden.body
    for share, length, piece in places:
        at = int(share * len(body))
        body = body[:at] + piece + body[at + length :]
    assert_read_or_parked(golden, body)


@settings(max_examples=200)
@given(golden=GOLDEN, data=st.data())
def test_a_message_with_a_field_of_another_is_read_or_parked(
    golden: goldens.Golden, data: st.DataObject
) -> None:
    fields = golden.body.split(b"|")
    other = data.draw(GOLDEN).body.split(b"|")
    for _ in range(data.draw(st.integers(1, 5))):
        fields[data.draw(st.integers(0, len(fields) - 1))] = data.draw(st.sampled_from(other))
    assert_read_or_parked(golden, b"|".join(fields))


@pytest.mark.parametrize("golden", goldens.ALL, ids=lambda golden: golden.name)
def test_a_message_that_ends_anywhere_is_read_or_parked(golden: goldens.Golden) -> None:
    for end in range(0, len(golden.body), 7):
        assert_read_or_parked(golden, golden.body[:end])


def assert_read_or_parked(golden: goldens.Golden, body: bytes) -> None:
    """Neither the reader nor the answer raises anything but Park, and the answer is whole lines."""
    with suppress(Park):
        assert isinstance(golden.read(body), list)
    for message in normalising.split(body):
        try:
            head, refusal = header.of(message), None
            header.check(head, receiver="")
        except Park as park:
            head, refusal = None, acknowledging.reason_of(park)
        ack = acknowledging.answer(
            head, verdict=Verdict.REFUSED, control_id="1", now=goldens.RECEIVED_AT, reason=refusal
        )
        assert b"\n" not in ack
        assert ack == b"" or ack.startswith(b"MSH")


@given(value=st.text(st.sampled_from("ab\\^ "), max_size=12))
def test_components_alone_are_what_they_are_beside_a_repetition(value: str) -> None:
    alone, beside = (
        Message(text=f"MRG|{said}", delimiters="|^~\\&").segments[0] for said in (value, f"{value}~x")
    )
    numbers = range(1, 15)
    assert [alone.part(1, number) for number in numbers] == [beside.part(1, number) for number in numbers]
