"""The latest word about each part of a visit, whatever the order in which its facts came. Pure: no Django.

Each part is kept with its stamp: when it was said, how much it weighs, when it arrived. Of two the greater
stamp stays, so that the same facts in any order, and any of them twice, end in the same words. Words are what
JSON can keep: codes, times and ids of the other system, and nothing that is said of a patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.facts import Code, Standing, VisitFact

STANDING, TIME, DOUBTS, CLINIC, PROVIDER, VISIT_TYPE, PERSON = (
    "standing",
    "time",
    "doubts",
    "clinic",
    "provider",
    "visit_type",
    "person",
)
# What makes another visit of a visit.
PLACE = (TIME, CLINIC, PROVIDER, VISIT_TYPE, PERSON)
# Of two words of one moment the one that ends the visit counts.
_WEIGHT = {Standing.BOOKED: 0, Standing.ARRIVED: 1}
_ENDS = 2
# What these say of time and place is what was; the visit that is known tells it better.
OFF = (Standing.CANCELLED, Standing.NO_SHOW)

Word = list[Any]
Words = Mapping[str, Word]


def heard(known: Words, fact: VisitFact, *, arrival: int) -> dict[str, Word]:
    """What is known once this fact has been heard; `arrival` tells facts of one moment apart."""
    after = dict(known)
    for part, value, weight in _said(fact):
        word = [value, [_moment(fact.said_at), weight, arrival]]
        if part not in after or after[part][1] <= word[1]:
            after[part] = word
    return after


def value(known: Words, part: str) -> Any:
    """The latest word about a part; None where nothing was said of it."""
    return known[part][0] if part in known else None


def standing(known: Words) -> Standing:
    """How the visit stands. Every fact says it, so that a visit of which something is known has one."""
    return Standing(known[STANDING][0])


def changed(before: Words, after: Words) -> set[str]:
    """The parts whose words are not what they were."""
    return {part for part in after if value(before, part) != value(after, part)}


def code(known: Words, part: str) -> Code | None:
    """The code of a provider, clinic or kind of visit."""
    said = value(known, part)
    return Code(value=said[0], system=said[1], text=said[2]) if said else None


def interval(known: Words) -> tuple[datetime, datetime | None] | None:
    """From when until when; the end is None where it was not said."""
    said = value(known, TIME)
    if not said:
        return None
    return datetime.fromisoformat(said[0]), datetime.fromisoformat(said[1]) if said[1] else None


def _said(fact: VisitFact) -> Iterator[tuple[str, Any, int]]:
    yield STANDING, fact.standing.value, _WEIGHT.get(fact.standing, _ENDS)
    if fact.standing in OFF:
        return
    if fact.starts_at is not None:
        ends = _moment(fact.ends_at) if fact.ends_at is not None else None
        yield TIME, [_moment(fact.starts_at), ends], 0
        # None is a word as well: a time that is said anew and well is in doubt no longer.
        yield DOUBTS, sorted(fact.doubts), 0
    for part, named in ((CLINIC, fact.clinic), (PROVIDER, fact.provider), (VISIT_TYPE, fact.visit_type)):
        if named is not None:
            yield part, [named.value, named.system, named.text], 0
    if fact.person is not None and fact.person.ids:
        yield PERSON, list(fact.person.ids), 0


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
