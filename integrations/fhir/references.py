"""Whom a reference means: a resource inside this one, one beside it in a Bundle, or one elsewhere.

Nothing is fetched. A name is Type/id, as the other system's own addresses end. Pure: no Django.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.facts import Code

_RESTFUL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")
# What these numbers open elsewhere is no business of a calendar's: they are not stored.
_PRIVATE_SYSTEMS = ("http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1")
_PRIVATE_KINDS = frozenset({"SS", "SB", "DL", "PPN", "TAX", "MC", "MA"})
_USES = ("official", "usual", None, "secondary", "temp")


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference says: the type of resource where known, its names, and itself where it is here."""

    kind: str = ""
    keys: tuple[str, ...] = ()
    text: str = ""
    resource: Any = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What references may point at: `contained` by id, and by address what stands beside it in a Bundle."""

    contained: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def find(self, reference: Any, *, at: datetime) -> Found:
        """Whom it means at that moment. One that says nothing has no keys."""
        address, text = reference.reference or "", reference.display or ""
        if address.startswith("#"):
            return self._inside(address[1:], text, at)
        if address in self.beside:
            resource = self.beside[address]
            return Found(kind_of(resource), names_of(resource, at=at), text or said_name(resource), resource)
        keys: list[str] = []
        kind = reference.type or ""
        named = _RESTFUL.search(address)
        if named is not None:
            kind = named[1]
            keys.append(f"{named[1]}/{named[2]}")
        if reference.identifier is not None:
            keys[:0] = identifiers([reference.identifier], at=at)
        return Found(kind.rpartition("/")[2], tuple(keys), text)

    def _inside(self, name: str, text: str, at: datetime) -> Found:
        resource = self.contained.get(name)
        if resource is None:
            return Found()
        # The id of what is contained means nothing outside.
        keys = tuple(identifiers(_listed(resource, "identifier"), at=at))
        return Found(kind_of(resource), keys, text or said_name(resource), resource)


def around(resource: Any, beside: Mapping[str, Any] | None = None) -> Surroundings:
    """The surroundings of a resource, which may stand in a Bundle."""
    contained = {str(held.id): held for held in resource.contained or () if held.id is not None}
    return Surroundings(contained, beside or {})


def kind_of(resource: Any) -> str:
    return str(resource.get_resource_type())


def names_of(resource: Any, *, at: datetime) -> tuple[str, ...]:
    """The keys of a resource, the surest first: what the business calls it, then where it is kept."""
    keys = identifiers(_listed(resource, "identifier"), at=at)
    return (*keys, f"{kind_of(resource)}/{resource.id}") if resource.id else tuple(keys)


def identifiers(found: list[Any], *, at: datetime) -> list[str]:
    """Each as system|value, official ones first; without those that are out of use or open other doors."""
    used = [own for own in found if own.value and own.use in _USES and holds(own.period, at)]
    used = [own for own in used if not _is_private(own)]
    return [f"{own.system or ''}|{own.value}" for own in sorted(used, key=lambda own: _USES.index(own.use))]


def holds(period: Any, at: datetime) -> bool:
    """Whether a period holds at that moment; none always does, and a part of a date is whole."""
    if period is None:
        return True
    day = at.date().isoformat()
    starts, ends = _day(period.start), _day(period.end)
    return (not starts or day >= starts[: len(day)]) and (not ends or day[: len(ends)] <= ends)


def code_of(found: Found) -> Code | None:
    """The word of the other system for somebody or some place, by its surest key."""
    if not found.keys:
        return None
    system, bar, value = found.keys[0].rpartition("|")
    return Code(value=value, system=system if bar else "", text=found.text)


def coded(concepts: Any) -> Code | None:
    """The first concept that says anything: the coding a person chose, else its first, else its words."""
    for concept in _many(concepts):
        codings = [coding for coding in concept.coding or () if coding.code]
        for coding in sorted(codings, key=lambda coding: not coding.userSelected):
            text = coding.display or concept.text or ""
            return Code(value=coding.code, system=coding.system or "", text=text)
        if concept.text:
            return Code(value=concept.text, text=concept.text)
    return None


def codes_in(concepts: Any) -> set[str]:
    return {coding.code for concept in _many(concepts) for coding in concept.coding or () if coding.code}


def said_name(resource: Any) -> str:
    """What a place is called. People are not named by this."""
    name = getattr(resource, "name", None)
    return name if isinstance(name, str) else ""


def _is_private(identifier: Any) -> bool:
    return identifier.system in _PRIVATE_SYSTEMS or bool(codes_in(identifier.type) & _PRIVATE_KINDS)


def _day(moment: Any) -> str:
    """The date, or the part of one that is said."""
    return "" if moment is None else str(moment)[:10]


def _listed(resource: Any, name: str) -> list[Any]:
    return _many(getattr(resource, name, None))


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
