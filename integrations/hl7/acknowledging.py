"""The answer to a message: MSH, MSA and, where it is refused, ERR with the place. Pure.

Nothing of the message stands in it but its header: MSA-2 byte for byte, so that the sender finds its own
message, and MSA-3 one of the sentences below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from integrations.facts import Park, Why
from integrations.hl7.header import Header

_STANDARD = Header((b"MSH", b"|", rb"^~\&"))
_LONGEST_ECHO = 250


class Verdict(StrEnum):
    """AA: safely stored. AE: our failure, to be sent again. AR: refused, now and the next time."""

    STORED = "AA"
    FAILED = "AE"
    REFUSED = "AR"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message is not taken: table 0357's code and its name, our sentence, and the place."""

    code: str
    name: str
    sentence: str
    where: str = ""


NOT_STORED = Reason("207", "Application internal error", "Not stored; send it again")
SWITCHED_OFF = Reason("207", "Application internal error", "This source is switched off")
TOO_LARGE = Reason("207", "Application internal error", "Larger than this listener takes")
_BY_WHY = {
    Why.UNREADABLE: Reason("102", "Data type error", "Not a message that can be read"),
    Why.UNSUPPORTED: Reason("207", "Application internal error", "Not supported"),
    Why.WRONG_RECEIVER: Reason("207", "Application internal error", "Meant for another receiver"),
}
_BY_PLACE = {
    "MSH": Reason("100", "Segment sequence error", "No MSH at the start"),
    "MSH-10": Reason("101", "Required field missing", "A message control id is needed"),
    "MSH-9.1": Reason("200", "Unsupported message type", "Message type not supported"),
    "MSH-9.2": Reason("201", "Unsupported event code", "Event not supported"),
    "MSH-11": Reason("202", "Unsupported processing id", "Only production is taken"),
    "MSH-12": Reason("203", "Unsupported version id", "Version not supported"),
}


def reason_of(park: Park) -> Reason:
    found = _BY_PLACE.get(park.where) or _BY_WHY[park.why]
    return Reason(found.code, found.name, found.sentence, park.where)


def answer(
    header: Header | None, *, verdict: Verdict, control_id: str, now: datetime, reason: Reason | None = None
) -> bytes:
    """The acknowledgment, its segments ended by CR; b"" where the sender asks for none.

    `control_id` is that of the answer itself. Without a header, MSA-2 is empty.
    """
    word = _word(header, verdict)
    if not word:
        return b""
    head = header or _STANDARD
    lines = [_msh(head, control_id, now), head.fields[1].join((b"MSA", word, head.field(10)))]
    if reason is not None:
        lines[1] += head.fields[1] + reason.sentence.encode()
        lines.append(_err(head, reason))
    return b"".join(line + b"\r" for line in lines)


def verdict_of(ack: bytes) -> str:
    """What an acknowledgment says, of a batch the gravest; "none" where there is none."""
    letters = {match.decode() for match in re.findall(rb"\rMSA[^\r\w][AC]([AER])", ack)}
    return next((f"A{letter}" for letter in "ERA" if letter in letters), "none")


def wrapped(answers: list[bytes], *, now: datetime) -> bytes:
    """The answers to the messages of a batch, as a batch."""
    at = _stamp(now)
    count = str(len(answers)).encode()
    return rb"BHS|^~\&|||||" + at + b"\r" + b"".join(answers) + b"BTS|" + count + b"\r"


def _word(header: Header | None, verdict: Verdict) -> bytes:
    """What MSA-1 says, by the mode the sender asks for; b"" for no answer.

    In enhanced mode MSH-15 asks for an accept acknowledgment and MSH-16 for one of the application. Ours say
    the same, stored or not: whoever wants both gets that of the application, and nothing follows later.
    """
    if header is None:
        return verdict.encode()
    accept, application = header.text(15).upper(), header.text(16).upper()
    if not accept and not application:
        return verdict.encode()
    wanted = {"AL", "SU"} if verdict is Verdict.STORED else {"AL", "ER"}
    if application in wanted:
        return verdict.encode()
    return verdict.replace("A", "C", 1).encode() if accept in wanted else b""


def _msh(head: Header, control_id: str, now: datetime) -> bytes:
    """Sender and receiver change places; version, processing id and charset stay."""
    component = head.delimiters[1].encode()
    trigger = head.event[1].encode() if re.fullmatch("[A-Z][A-Z0-9]{2}", head.event[1]) else b""
    kind = component.join((b"ACK", trigger, b"ACK")) if trigger else b"ACK"
    fields = [b""] * 19
    for number, echoed in ((3, 5), (4, 6), (5, 3), (6, 4), (11, 11), (12, 12), (18, 18)):
        fields[number] = head.field(echoed)[:_LONGEST_ECHO]
    fields[7], fields[9], fields[10] = _stamp(now), kind, control_id.encode()
    fields[11], fields[12] = fields[11] or b"P", fields[12] or b"2.5.1"
    line = head.fields[1].join((b"MSH", head.fields[2], *fields[3:]))
    return line.rstrip(head.fields[1])


def _err(head: Header, reason: Reason) -> bytes:
    """From version 2.5 on the place has a field of its own; before, all stands in ERR-1."""
    field, component, sub = (head.delimiters[at].encode() for at in (0, 1, 4))
    segment, number, part = _place(reason.where)
    place = component.join(filter(None, (segment, b"1" if segment else b"", number)))
    code, name = reason.code.encode(), reason.name.encode()
    if _version(head) < (2, 5):
        coded = sub.join((code, name, b"HL70357"))
        return field.join((b"ERR", component.join((segment, b"1" if segment else b"", number, coded))))
    if part:
        place += component * 2 + part
    coded = component.join((code, name, b"HL70357"))
    return field.join((b"ERR", b"", place, coded, b"E", b"", b"", b"", reason.sentence.encode()))


def _place(where: str) -> tuple[bytes, bytes, bytes]:
    match = re.fullmatch(r"([A-Z][A-Z0-9]{2})(?:-(\d+)(?:\.(\d+))?)?", where)
    segment, number, part = (group or "" for group in match.groups()) if match else ("", "", "")
    return segment.encode(), number.encode(), part.encode()


def _version(head: Header) -> tuple[int, ...]:
    parts = head.parts(12)[0].split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else (2, 5, 1)


def _stamp(now: datetime) -> bytes:
    return now.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000").encode()
