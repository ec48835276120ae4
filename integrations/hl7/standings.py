"""How a visit stands, by the event and by the words of SCH-25 and SCH-6. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from integrations.facts import Code, Park, Standing, Why
from integrations.hl7.tokens import Segment

# What the event itself says; SCH-25 never weakens an end ("Booked" stands on many a cancellation).
OF_EVENT = {
    "S12": Standing.BOOKED,
    "S13": Standing.BOOKED,
    "S14": Standing.BOOKED,
    "S15": Standing.CANCELLED,
    "S16": Standing.CANCELLED,
    "S17": Standing.CANCELLED,
    "S26": Standing.NO_SHOW,
}
# HL7's table 0278 and how vendors write it, letters only.
_WORDS = {
    **dict.fromkeys(("BOOKED", "BOOK", "SCHEDULED", "CONFIRMED", "PENDING", "OVERBOOK"), Standing.BOOKED),
    **dict.fromkeys(("RESCHEDULED", "NEW", "ACTIVE", "NORMAL"), Standing.BOOKED),
    **dict.fromkeys(("STARTED", "ARRIVED", "CHECKEDIN", "CHECKIN", "INPROGRESS"), Standing.ARRIVED),
    **dict.fromkeys(("COMPLETE", "COMPLETED", "CHECKEDOUT", "CHECKOUT"), Standing.COMPLETED),
    **dict.fromkeys(("NOSHOW", "NOSHOWED", "DIDNOTATTEND", "DNA"), Standing.NO_SHOW),
    **dict.fromkeys(("CANCELLED", "CANCELED", "CANCEL", "DC", "DISCONTINUED", "DELETED"), Standing.CANCELLED),
}
# Tables 0119 and 0038 in as far as they say that an order ended.
_ORDER_CONTROL = {
    **dict.fromkeys(("CA", "CR", "DC", "DR", "OC", "OD"), Standing.CANCELLED),
    **dict.fromkeys(
        ("NW", "SN", "NA", "OK", "XO", "XR", "XX", "SC", "SR", "RP", "RO", "RU"), Standing.BOOKED
    ),
}
_ORDER_STATUS = {
    "CA": Standing.CANCELLED,
    "DC": Standing.CANCELLED,
    "RP": Standing.CANCELLED,
    "CM": Standing.COMPLETED,
}


def of_visit(trigger: str, appointment: Segment, *, words: Mapping[str, Standing]) -> Standing:
    """How the visit stands. Raises Park for a status that nobody knows, unless the event itself is an end."""
    said = _said(appointment, 25, words)
    by_event = OF_EVENT[trigger]
    if by_event is Standing.BOOKED:
        if said is None and _is_said(appointment, 25):
            raise Park(Why.UNKNOWN_STATUS, "SCH-25", code=_word(appointment))
        return said or by_event
    reason = _said(appointment, 6, words)
    return Standing.NO_SHOW if Standing.NO_SHOW in (said, reason) else by_event


def of_order(order: Segment) -> Standing:
    """How the visit stands that an order is about. Raises Park for a control code that does not say."""
    standing = _ORDER_CONTROL.get(order.part(1).upper())
    if standing is None:
        raise Park(Why.UNKNOWN_STATUS, "ORC-1", code=Code(value=order.part(1)))
    if standing is Standing.CANCELLED:
        return standing
    return _ORDER_STATUS.get(order.part(5).upper(), standing)


def _word(appointment: Segment) -> Code:
    return Code(value=appointment.part(25) or appointment.part(25, 2), text=appointment.part(25, 2))


def _is_said(appointment: Segment, field: int) -> bool:
    return bool(appointment.part(field) or appointment.part(field, 2))


def _said(appointment: Segment, field: int, words: Mapping[str, Standing]) -> Standing | None:
    """By the source's own words, else by the standard's: the code first, then its text and its other code."""
    for component in (1, 2, 4, 5):
        word = appointment.part(field, component)
        if not word:
            continue
        standing = words.get(word) or words.get(word.upper()) or _standard(word)
        if standing is not None:
            return standing
    return None


def _standard(word: str) -> Standing | None:
    letters = re.sub(r"[^A-Z]", "", word.upper())
    return Standing.NO_SHOW if "NOSHOW" in letters else _WORDS.get(letters)
