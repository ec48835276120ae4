"""An order as an HL7 v2 SIU message, and what an acknowledgement says. Pure: no Django.

SIU^S12, S13 and S15: HL7 v2.5.1, chapter 10. Codes of an answer: tables 0008 and 0357.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from integrations.facts import Code
from integrations.writing_back.orders import Order, What

EVENTS = {What.BOOK: "S12", What.MOVE: "S13", What.CANCEL: "S15"}
STANDINGS = {What.BOOK: "Booked", What.MOVE: "Booked", What.CANCEL: "Cancelled"}
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who speaks to whom: MSH-3 to MSH-6, and MSH-11."""

    sending_application: str = "WAITLIST"
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    processing: str = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An acknowledgement: MSA-1, MSA-2, the codes of ERR and what the EHR calls the visit, where said."""

    code: str
    control_id: str
    errors: tuple[str, ...] = ()
    key: str = ""


def build(order: Order, parties: Parties, *, now: datetime) -> bytes:
    """The message as bytes (UTF-8, which MSH-18 says). Times carry the offset of the clinic's clock."""
    event = EVENTS[order.what]
    starts, ends = (_moment(at.astimezone(order.zone)) for at in (order.starts_at, order.ends_at))
    lasts = {9: str(order.minutes), 10: "min"}
    patient = order.patient
    born = patient.date_of_birth.strftime("%Y%m%d") if patient.date_of_birth else ""
    name = f"{_text(patient.last_name)}^{_text(patient.first_name)}"
    clinic, provider = (_text(code.value) if code else "" for code in (order.clinic, order.provider))
    segments = [
        _header(parties, event, order.control_id, now),
        _segment("SCH", {**_numbers(order, parties), 6: event, 7: _coded(order.visit_type), **lasts,
                         11: f"^^{order.minutes}^{starts}^{ends}", 25: STANDINGS[order.what]}),
        _segment("TQ1", {1: "1", 7: starts, 8: ends}),
        _segment("PID", {1: "1", 3: _entity(patient.id, "^^^"), 5: name, 7: born}),
        _segment("RGS", {1: "1"}),
        _segment("AIL", {1: "1", 2: "A", 3: clinic}),
        _segment("AIP", {1: "1", 2: "A", 3: provider, 6: starts, **lasts}),
    ]  # fmt: skip
    return "".join(f"{segment}\r" for segment in segments).encode()


def read(body: bytes) -> Answer | None:
    """What an acknowledgement says; None where this is none."""
    lines = body.decode("utf-8", "replace").replace("\n", "\r").split("\r")
    found = {line[:3]: line.split("|") for line in lines if line[3:4] == "|"}
    answer = found.get("MSA")
    if "MSH" not in found or answer is None or len(answer) < 3:
        return None
    errors = [_error(line.split("|")) for line in lines if line.startswith("ERR|")]
    return Answer(
        code=answer[1].strip().upper(),
        control_id=answer[2].strip(),
        errors=tuple(filter(None, errors)),
        key="^".join(found["SCH"][2].split("^")[:2]).strip("^") if len(found.get("SCH", ())) > 2 else "",
    )


def _numbers(order: Order, parties: Parties) -> dict[int, str]:
    """SCH-1 to SCH-3: our number of the visit, and theirs with its occurrence."""
    filler, _, occurrence = order.key.partition(" #")
    placer = f"{_text(order.placer)}^{_text(parties.sending_application)}"
    return {1: placer, 2: _entity(filler), 3: _text(occurrence)}


def _header(parties: Parties, event: str, control_id: str, now: datetime) -> str:
    sides = (
        parties.sending_application,
        parties.sending_facility,
        parties.receiving_application,
        parties.receiving_facility,
    )
    names = "|".join(_text(side) for side in sides)
    said = _moment(now.astimezone(UTC))
    # NE and AL: no commit acknowledgement, but always that of the application: only that one says "booked".
    kind = f"SIU^{event}^SIU_S12"
    return f"MSH|^~\\&|{names}|{said}||{kind}|{control_id}|{parties.processing}|2.5.1|||NE|AL||UNICODE UTF-8"


def _segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(place, "") for place in range(1, max(fields) + 1))])


def _moment(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%z")


def _entity(number: str, between: str = "^") -> str:
    """A number and who gave it, which the keys of the feed hold as number^namespace."""
    value, _, namespace = number.partition("^")
    return _text(value) + (between + _text(namespace) if namespace else "")


def _coded(code: Code | None) -> str:
    return f"{_text(code.value)}^{_text(code.text)}^{_text(code.system)}".rstrip("^") if code else ""


def _text(value: str) -> str:
    """As a field holds it. A mark of MLLP in a name would end the message within it."""
    return "".join(_ESCAPES.get(sign, sign if sign.isprintable() else " ") for sign in value)


def _error(fields: list[str]) -> str:
    """The code of an ERR: ERR-3, and before version 2.5 the fourth component of ERR-1."""
    if len(fields) > 3 and fields[3]:
        return _component(fields[3])
    places = fields[1].split("~")[0].split("^")
    return places[3].split("&")[0].strip() if len(places) > 3 else ""


def _component(field: str) -> str:
    return field.split("^")[0].strip()
