"""The answer to a message, field by field."""

from __future__ import annotations

import pytest

from integrations.facts import Park, Why
from integrations.hl7 import acknowledging, header
from integrations.hl7.acknowledging import NOT_STORED, Reason, Verdict
from tests.integrations.hl7 import goldens

BODY = goldens.load("s12_book").body


def answered(
    body: bytes = BODY, *, verdict: Verdict = Verdict.STORED, reason: Reason | None = None
) -> list[list[bytes]]:
    """The fields of each segment of the answer, MSH counted as the standard does."""
    ack = acknowledging.answer(
        header.of(body), verdict=verdict, control_id="OURS1", now=goldens.RECEIVED_AT, reason=reason
    )
    lines = [line.split(b"|") for line in ack.split(b"\r")[:-1]]
    return [[b"MSH", b"|", *lines[0][1:]], *lines[1:]] if lines else []


def refused(why: Why, where: str, body: bytes = BODY) -> list[list[bytes]]:
    return answered(body, verdict=Verdict.REFUSED, reason=acknowledging.reason_of(Park(why, where)))


def test_sender_and_receiver_change_places() -> None:
    msh, _ = answered()
    assert msh[3:7] == [b"WAITLIST", b"CLINIC", b"NORTHSCHED", b"NORTH"]


def test_the_answer_has_a_control_id_of_its_own_and_names_the_event() -> None:
    msh, _ = answered()
    assert (msh[9], msh[10]) == (b"ACK^S12^ACK", b"OURS1")


def test_version_processing_id_and_charset_are_those_of_the_message() -> None:
    msh, _ = answered(BODY.replace(b"|P|2.5.1|", b"|T|2.3|"))
    assert (msh[11], msh[12], msh[18]) == (b"T", b"2.3", b"UNICODE UTF-8")


def test_the_answer_says_when_it_was_made() -> None:
    assert answered()[0][7] == b"20260302170000+0000"


@pytest.mark.parametrize("name", [b"N0001", b" 7 ", b"a\\T\\b^c", "Ü1".encode(), b"\xff\xfe", b"x" * 500])
def test_msa_2_is_the_control_id_byte_for_byte(name: bytes) -> None:
    assert answered(BODY.replace(b"|N0001|", b"|" + name + b"|"))[1] == [b"MSA", b"AA", name]


def test_the_answer_uses_the_separators_of_the_message() -> None:
    ack = acknowledging.answer(
        header.of(goldens.load("other_delimiters").body),
        verdict=Verdict.STORED,
        control_id="OURS1",
        now=goldens.RECEIVED_AT,
    )
    assert ack.startswith(b"MSH$*!/%$WAITLIST$CLINIC$")
    assert b"\rMSA$AA$N0001\r" in ack


def test_a_refusal_says_where() -> None:
    _, msa, err = refused(Why.UNSUPPORTED, "MSH-9.2")
    assert msa[1:] == [b"AR", b"N0001", b"Event not supported"]
    assert err[2:5] == [b"MSH^1^9^^2", b"201^Unsupported event code^HL70357", b"E"]


def test_before_version_2_5_all_stands_in_err_1() -> None:
    err = refused(Why.UNREADABLE, "MSH-18", BODY.replace(b"|2.5.1|", b"|2.3.1|"))[2]
    assert err == [b"ERR", b"MSH^1^18^102&Data type error&HL70357"]


def test_our_own_failure_asks_for_the_message_again() -> None:
    _, msa, err = answered(verdict=Verdict.FAILED, reason=NOT_STORED)
    assert msa[1:] == [b"AE", b"N0001", b"Not stored; send it again"]
    assert err[3].startswith(b"207^")


def test_what_has_no_header_is_answered_in_the_usual_separators() -> None:
    ack = acknowledging.answer(
        None,
        verdict=Verdict.REFUSED,
        control_id="OURS1",
        now=goldens.RECEIVED_AT,
        reason=acknowledging.reason_of(Park(Why.UNREADABLE, "MSH")),
    )
    assert ack.startswith(
        b"MSH|^~\\&|||||20260302170000+0000||ACK|OURS1|P|2.5.1\rMSA|AR||No MSH at the start\r"
    )


@pytest.mark.parametrize(
    ("accept", "application", "stored", "failed"),
    [
        (b"", b"", b"AA", b"AE"),
        (b"AL", b"NE", b"CA", b"CE"),
        (b"NE", b"AL", b"AA", b"AE"),
        (b"AL", b"AL", b"AA", b"AE"),
        (b"ER", b"NE", b"", b"CE"),
        (b"SU", b"NE", b"CA", b""),
        (b"NE", b"ER", b"", b"AE"),
        (b"NE", b"NE", b"", b""),
    ],
)
def test_enhanced_mode_gets_the_answer_it_asks_for(
    accept: bytes, application: bytes, stored: bytes, failed: bytes
) -> None:
    body = BODY.replace(b"|2.5.1|||||", b"|2.5.1|||" + accept + b"|" + application + b"|")
    for verdict, word in ((Verdict.STORED, stored), (Verdict.FAILED, failed)):
        found = answered(body, verdict=verdict)
        assert (found[1][1] if found else b"") == word


@pytest.mark.parametrize("why", [Why.UNREADABLE, Why.UNSUPPORTED, Why.WRONG_RECEIVER])
def test_no_sentence_holds_a_word_of_the_message(why: Why) -> None:
    said = b"".join(b"".join(line) for line in refused(why, "MSH-5")[1:])
    assert not any(word in said for word in (b"Tester", b"100234", b"Alma", b"3125550134"))


@pytest.mark.parametrize(
    ("ack", "verdict"),
    [
        (b"MSH|^~\\&|\rMSA|AA|1\r", "AA"),
        (b"MSH#^~\\&#\rMSA#CR#1\r", "AR"),
        (b"BHS|^~\\&|\rMSH|^~\\&|\rMSA|AA|1\rMSH|^~\\&|\rMSA|AE|2\rBTS|2\r", "AE"),
        (b"", "none"),
    ],
)
def test_an_acknowledgment_tells_its_verdict_a_batch_the_gravest(ack: bytes, verdict: str) -> None:
    assert acknowledging.verdict_of(ack) == verdict
