"""When a visit is: what TQ1, SCH-11 and the resources say, and how sure that is. Pure.

The first that names a start is believed, in the order TQ1, SCH-11.4, SCH-11.1, AIS-4, the other resources. An
explicit end beats every duration. What else is said is compared with it: a free time about which a message
contradicts itself is offered to nobody without a person's look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from integrations.facts import Doubt, Park, Why
from integrations.hl7.tokens import Message, Segment

AHEAD = timedelta(minutes=1)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)
_STAMP = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?(?:([+-])(\d\d)(\d\d))?", re.ASCII
)
_QUANTITY = re.compile(r"(\d{1,5})(?:\.0*)?", re.ASCII)
_LENGTH = re.compile(r"([A-Z]?)(\d{1,5})", re.ASCII)
_UNITS = {
    **dict.fromkeys(("S", "SEC", "SECOND", "SECONDS"), 1 / 60),
    **dict.fromkeys(("", "M", "MIN", "MINS", "MINUTE", "MINUTES"), 1.0),
    **dict.fromkeys(("H", "HR", "HRS", "HOUR", "HOURS"), 60.0),
    **dict.fromkeys(("D", "DAY", "DAYS"), 1440.0),
}
# Where each resource says its start, how long it takes and in what.
_RESOURCES = {"AIS": (4, 7, 8), "AIG": (8, 11, 12), "AIL": (6, 9, 10), "AIP": (6, 9, 10)}


@dataclass(frozen=True, slots=True)
class Interval:
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What one place of the message says. `is_whole`: of the visit, not of one resource's part in it."""

    where: str
    start: str
    end: str = ""
    minutes: float | None = None
    is_whole: bool = True


def read(text: str, *, zone: ZoneInfo, where: str) -> datetime:
    """A time stamp in UTC. One without an offset is on the clock of `zone`.

    Raises Park where it is none or where that clock skips it.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise Park(Why.BAD_TIME, where)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    fraction, sign = int((match[7] or "").ljust(6, "0")), match[8]
    try:
        if sign:
            offset = timedelta(hours=int(match[9]), minutes=int(match[10])) * (-1 if sign == "-" else 1)
            there = timezone(offset)
            return datetime(year, month, day, hour, minute, second, fraction, there).astimezone(UTC)
        # An hour that comes twice is meant the first time (fold 0).
        local = datetime(year, month, day, hour, minute, second, fraction, zone)
        at = local.astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Park(Why.NO_SUCH_LOCAL_TIME, where)
    except (ValueError, OverflowError):
        raise Park(Why.BAD_TIME, where) from None
    return at


def of_message(text: str, *, zone: ZoneInfo, received_at: datetime) -> datetime:
    """When the sender says that a message was made; when it came where that is not said to the minute.

    No clock is believed that is more than AHEAD before ours: what it said would silence all that is said once
    it is put right. Such messages count in the order of their coming.

    Of an hour that comes twice it is the one nearer to the receipt: taken for the first, what was sent in the
    second would be older than what it corrects. Raises Park for a time in the future.
    """
    if not text or re.fullmatch(r"\d{4}(\d\d){0,3}([+-]\d{4})?", text, re.ASCII):
        return received_at
    said_at = read(text, zone=zone, where="MSH-7")
    if not re.search(r"[+-]", text):
        again = said_at.astimezone(zone).replace(fold=1).astimezone(UTC)
        said_at = min(said_at, again, key=lambda at: abs(at - received_at))
    if said_at > received_at + timedelta(days=1):
        raise Park(Why.BAD_TIME, "MSH-7")
    return received_at if said_at > received_at + AHEAD else said_at


def interval(message: Message, *, zone: ZoneInfo) -> Interval:
    """When the visit is, by all that the message says. Raises Park for no time and for an impossible one."""
    said = [each for each in _said(message) if each.start]
    if not said:
        raise Park(Why.NO_TIME, "SCH-11" if message.first("SCH") else "TQ1-7")
    chosen, *others = said
    starts_at = read(chosen.start, zone=zone, where=chosen.where)
    doubts = set()
    same, parts = [chosen], []
    for other in others:
        try:
            at = starts_at if other.start == chosen.start else read(other.start, zone=zone, where=other.where)
        except Park:
            doubts.add(Doubt.TIMES_DISAGREE)
            continue
        if at == starts_at:
            same.append(other)
        elif other.is_whole:
            doubts.add(Doubt.TIMES_DISAGREE)
        else:
            parts.append(at)
    ends = [read(each.end, zone=zone, where=each.where) for each in same if each.end]
    ends_at = ends[0] if ends else _after(starts_at, _minutes(message, same))
    if len(set(ends)) > 1 or any(not starts_at <= at < (ends_at or starts_at + LONGEST) for at in parts):
        doubts.add(Doubt.TIMES_DISAGREE)
    if ends_at is not None and ends_at <= starts_at:
        raise Park(Why.CONTRADICTION, chosen.where)
    if ends_at is not None and not SHORTEST <= ends_at - starts_at <= LONGEST:
        doubts.add(Doubt.ABSURD_LENGTH)
    return Interval(starts_at, ends_at, tuple(sorted(doubts)))


def _after(starts_at: datetime, minutes: float | None) -> datetime | None:
    try:
        return starts_at + timedelta(minutes=minutes) if minutes else None
    except OverflowError:
        raise Park(Why.BAD_TIME, "SCH-9") from None


def _minutes(message: Message, same: list[Said]) -> float | None:
    """How long the visit takes, where no end is said: by its whole, by SCH-9, by one of its resources."""
    whole = next((each.minutes for each in same if each.is_whole and each.minutes), None)
    appointment = message.first("SCH")
    said = _duration(appointment, 9, 10) if appointment else None
    return whole or said or next((each.minutes for each in same if each.minutes), None)


def _said(message: Message) -> Iterator[Said]:
    for timing in message.all("TQ1"):
        yield Said("TQ1-7", timing.part(7), timing.part(8), _length(timing.part(6), timing.part(6, 2)))
    for name, field in (("SCH", 11), ("ORC", 7), ("OBR", 27)):
        for segment in message.all(name):
            yield from _of_timing(segment, field)
    for segment in message.all("OBR"):
        yield Said("OBR-36", segment.part(36))
    for name, (start, length, unit) in _RESOURCES.items():
        for number, segment in enumerate(message.all(name)):
            # The first service begins with the visit; further ones, people and rooms may join it later.
            is_whole = name == "AIS" and not number
            yield Said(f"{name}-{start}", segment.part(start), "", _duration(segment, length, unit), is_whole)


def _of_timing(segment: Segment, field: int) -> Iterator[Said]:
    """A field of the type TQ: quantity, interval, duration, start and end."""
    where = f"{segment.name}-{field}"
    for number in segment.repetitions(field):
        start, end, length = (segment.part(field, part, of=number) for part in (4, 5, 3))
        first = segment.part(field, 1, of=number)
        if start:
            yield Said(f"{where}.4", start, end, _length(length))
        elif _STAMP.fullmatch(first):
            yield Said(f"{where}.1", first, end, _length(length))


def _duration(segment: Segment, field: int, unit: int) -> float | None:
    return _length(segment.part(field), segment.part(unit))


def _length(text: str, unit: str = "") -> float | None:
    """Minutes; None for what is not said, is nothing, or is in a unit that we do not know."""
    short = _LENGTH.fullmatch(text) if not unit else None
    if short and short[1]:
        unit, text = short[1], short[2]
    quantity = _QUANTITY.fullmatch(text)
    factor = _UNITS.get(unit.upper())
    if quantity is None or factor is None:
        return None
    return int(quantity[1]) * factor or None
