"""What SIU and ORM say of a visit or of a provider's time. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.facts import BlockFact, Code, Doubt, Park, Person, Standing, VisitFact, Why
from integrations.hl7 import people, standings, times
from integrations.hl7.tokens import Message, Segment
from integrations.reader import ReaderSettings
from integrations.writing_back import naming

ENDS = frozenset({Standing.CANCELLED, Standing.NO_SHOW, Standing.COMPLETED})
# Those that are parked without a time; S14 may change something else.
NEEDS_TIME = frozenset({"S12", "S13"})
# A change of an order's status.
_SAYS_NO_TIME = frozenset({"SC", "SR"})
# Table 0277 tells how a visit was booked, which is no kind of visit.
_NO_VISIT_TYPE = frozenset({"NORMAL", "TENTATIVE", "COMPLETE"})
_LONGEST_CODE = 40


def scheduled(
    message: Message, trigger: str, *, said_at: datetime, zone: ZoneInfo, settings: ReaderSettings
) -> VisitFact:
    """Of S12 to S17 and S26."""
    appointment = _appointment(message)
    keys = _keys(appointment, settings)
    standing = standings.of_visit(trigger, appointment, words=settings.statuses)
    when = _when(message, standing, zone, needs_time=trigger in NEEDS_TIME)
    if trigger == "S12" and standing not in ENDS and not message.first("PID"):
        raise Park(Why.NO_PATIENT, "PID")
    return _visit(message, keys, standing, said_at=said_at, when=when)


def ordered(message: Message, *, said_at: datetime, zone: ZoneInfo) -> VisitFact:
    """Of an order for a visit (ORM): the filler's number names it, else the placer's."""
    orders = message.all("ORC")
    if len(orders) != 1:
        raise Park(Why.UNSUPPORTED, "ORC")
    order = orders[0]
    standing = standings.of_order(order)
    found = _entity(order, 3) or _entity(order, 2)
    if not found:
        raise Park(Why.NO_KEY, "ORC-3")
    when = _when(message, standing, zone, needs_time=order.part(1).upper() not in _SAYS_NO_TIME)
    return _visit(message, (f"order {found}",), standing, said_at=said_at, when=when)


def blocked(
    message: Message, trigger: str, *, said_at: datetime, zone: ZoneInfo, settings: ReaderSettings
) -> BlockFact:
    """Of S23 and S24. A time that is free again may be named by its key alone."""
    keys = _keys(_appointment(message), settings)
    is_blocked = trigger == "S23"
    try:
        when = times.interval(message, zone=zone)
    except Park:
        if is_blocked:
            raise
        when = times.Interval()
    if is_blocked and when.ends_at is None:
        raise Park(Why.NO_TIME, "SCH-11.5")
    return BlockFact(
        keys=keys,
        said_at=said_at,
        is_blocked=is_blocked,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        clinic=_clinic(message),
        provider=_provider(message),
    )


def _visit(
    message: Message, keys: tuple[str, ...], standing: Standing, *, said_at: datetime, when: times.Interval
) -> VisitFact:
    return VisitFact(
        keys=keys,
        said_at=said_at,
        standing=standing,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        clinic=_clinic(message),
        provider=_provider(message),
        visit_type=_visit_type(message),
        person=_of_ended(message) if standing in ENDS else people.person(message),
        doubts=when.doubts,
        is_offerable=standing is not Standing.NO_SHOW,
    )


def _when(message: Message, standing: Standing, zone: ZoneInfo, *, needs_time: bool) -> times.Interval:
    """The time, where one has to be said. The stored one counts for what is changed or over without.

    What is over ends by an unreadable time as well, with a doubt; everything else waits for a person.
    """
    try:
        return times.interval(message, zone=zone)
    except Park as park:
        is_over, is_silent = standing in ENDS, park.why is Why.NO_TIME
        if is_silent and (is_over or not needs_time):
            return times.Interval()
        if is_over:
            return times.Interval(doubts=(Doubt.TIMES_DISAGREE,))
        raise


def _of_ended(message: Message) -> Person | None:
    try:
        return people.person(message)
    except Park:
        return None


def _appointment(message: Message) -> Segment:
    found = message.all("SCH")
    if not found:
        raise Park(Why.NO_KEY, "SCH")
    if len(found) > 1:
        raise Park(Why.CONTRADICTION, "SCH")
    return found[0]


def _keys(appointment: Segment, settings: ReaderSettings) -> tuple[str, ...]:
    """The filler's number with its occurrence, else the placer's unless it is the same in all messages.

    A placer's number that we gave names our own booking, which comes back to us.
    """
    ours = (f"placer {_entity(appointment, 1)}",) if naming.OURS.fullmatch(appointment.part(1)) else ()
    filler = _entity(appointment, 2)
    if filler:
        occurrence = appointment.part(3)
        return (f"filler {filler}" + (f" #{occurrence}" if occurrence else ""), *ours)
    placer = "" if settings.placer_is_constant else _entity(appointment, 1)
    if not placer:
        raise Park(Why.NO_KEY, "SCH-2")
    return (f"placer {placer}",)


def _entity(segment: Segment, field: int) -> str:
    number = segment.part(field)
    namespace = segment.part(field, 2) or segment.part(field, 3)
    return f"{number}^{namespace}" if number and namespace else number


def _provider(message: Message) -> Code | None:
    for name, field in (("AIP", 3), ("PV1", 7), ("AIG", 3), ("OBR", 16)):
        for segment in message.all(name):
            found = people.clinician(segment, field)
            if found is not None:
                return found
    return None


def _clinic(message: Message) -> Code | None:
    """Where: the point of care of AIL-3 or PV1-3, else its facility."""
    for name in ("AIL", "PV1"):
        for segment in message.all(name):
            place, facility = segment.part(3), segment.part(3, 4)
            if place or facility:
                return Code(
                    value=place or facility, text=segment.part(3, 9), system=facility if place else ""
                )
    return None


def _visit_type(message: Message) -> Code | None:
    """What for: the service, the type, or the reason where it is a code. A reason in words stays unread."""
    for name, field in (("AIS", 3), ("SCH", 8), ("OBR", 4)):
        for segment in message.all(name):
            value = segment.part(field)
            if value and value.upper() not in _NO_VISIT_TYPE:
                return Code(value=value, text=segment.part(field, 2), system=segment.part(field, 3))
    appointment = message.first("SCH")
    value = appointment.part(7) if appointment else ""
    return Code(value=value) if _is_code(value) else None


def _is_code(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_CODE and not any(mark.isspace() for mark in value)
