"""MLLP frames, cut out of a stream that is cut anywhere."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.framing import Frames, TooLarge

LIMIT = 1_000
ONE, TWO = b"MSH|^~\\&|one\r", b"MSH|^~\\&|two\rNTE|1||a\x0bb\r"


def framed(*messages: bytes) -> bytes:
    return b"".join(b"\x0b" + message + b"\x1c\r" for message in messages)


def fed(*pieces: bytes) -> list[bytes]:
    frames = Frames(limit=LIMIT)
    return [message for piece in pieces for message in frames.feed(piece)]


def test_a_frame_that_comes_byte_by_byte_is_one_message() -> None:
    assert fed(*(bytes([byte]) for byte in framed(ONE))) == [ONE]


def test_ten_frames_in_one_packet_are_ten_messages() -> None:
    assert fed(framed(*[ONE, TWO] * 5)) == [ONE, TWO] * 5


def test_a_frame_and_a_half_are_one_message_and_the_rest_follows() -> None:
    stream = framed(ONE, TWO)
    assert fed(stream[:25], stream[25:]) == [ONE, TWO]


@pytest.mark.parametrize("junk", [b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x1c\r", b"MSH|no start\r\x1c\r"])
def test_what_stands_before_a_frame_is_thrown_away(junk: bytes) -> None:
    assert fed(junk + framed(ONE) + junk + framed(TWO)) == [ONE, TWO]


def test_junk_is_not_kept() -> None:
    frames = Frames(limit=LIMIT)
    assert not [message for _ in range(100) for message in frames.feed(b"x" * 10_000)]
    assert (frames.junk, frames.is_inside) == (1_000_000, False)


def test_a_sender_without_the_last_cr_is_understood_at_its_next_frame() -> None:
    assert fed(b"\x0b" + ONE + b"\x1c\x0b" + TWO + b"\x1c\r") == [ONE, TWO]


def test_a_frame_whose_last_cr_is_missing_can_be_had_without_it() -> None:
    frames = Frames(limit=LIMIT)
    ended = []
    for piece in (b"\x0b" + ONE, b"\x1c"):
        assert [*frames.feed(piece)] == []
        ended.append(frames.is_ended)
    assert (ended, frames.finish()) == ([False, True], ONE)
    assert [*frames.feed(b"\r" + framed(TWO))] == [TWO]


def test_a_frame_that_begins_anew_in_the_middle_is_read_from_there() -> None:
    assert fed(b"\x0bMSH|^~\\&|half" + framed(ONE)) == [ONE]


def test_a_vertical_tab_in_a_note_begins_nothing() -> None:
    assert fed(framed(TWO)) == [TWO]


def test_a_frame_beyond_the_limit_is_refused_with_its_beginning() -> None:
    with pytest.raises(TooLarge) as refused:
        fed(b"\x0b" + ONE + b"x" * LIMIT)
    assert refused.value.head.startswith(ONE)


def test_a_large_frame_is_refused_even_where_its_end_has_come() -> None:
    with pytest.raises(TooLarge):
        fed(framed(b"x" * (LIMIT + 1)))


def test_a_frame_of_just_the_limit_is_taken() -> None:
    assert fed(framed(b"x" * LIMIT)) == [b"x" * LIMIT]


@given(
    messages=st.lists(
        st.binary(max_size=60).map(lambda raw: raw.replace(b"\x1c", b"").replace(b"\x0b", b""))
    ),
    cuts=st.lists(st.integers(0, 400)),
)
def test_wherever_a_stream_is_cut_the_messages_are_the_same(messages: list[bytes], cuts: list[int]) -> None:
    stream = framed(*messages)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in itertools.pairwise(places)]
    assert fed(*pieces) == messages
