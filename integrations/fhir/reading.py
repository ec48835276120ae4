"""A body of FHIR R4 read into facts. Pure: no Django, no network, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.facts import Fact, Park, Why
from integrations.fhir import bundling, checking, people, references, visits
from integrations.fhir.issues import Unfit
from integrations.reader import ReaderSettings

# Their order: a visit finds its patient already known.
_ORDER = {name: number for number, name in enumerate(bundling.HELD)}


def read_patient(
    body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings
) -> Sequence[Fact]:
    """What a Patient says. R4's times carry their offset, so that `zone` is not needed. Raises Park."""
    return _read(body, "Patient", received_at)


def read_appointment(
    body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings
) -> Sequence[Fact]:
    """What an Appointment says; without `meta.lastUpdated` it says so when it is received. Raises Park."""
    return _read(body, "Appointment", received_at)


def read_bundle(
    body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings
) -> Sequence[Fact]:
    """What the patients and visits of a Bundle say, patients first. Raises Park."""
    found = _read(body, "Bundle", received_at)
    for issue in bundling.faults(checking.parsed(body)):
        raise Park(Why.UNSUPPORTED, issue.where)
    return found


def _read(body: bytes, kind: str, received_at: datetime) -> Sequence[Fact]:
    try:
        resource = checking.checked(checking.parsed(body), kind)
    except Unfit as unfit:
        raise Park(Why.UNREADABLE, unfit.issues[0].where) from None
    return facts(resource, received_at=received_at)


def facts(resource: Any, *, received_at: datetime) -> list[Fact]:
    """What a checked resource says. Raises Park."""
    if references.kind_of(resource) != "Bundle":
        return _said(resource, received_at, {})
    held = [entry for entry in resource.entry or () if entry.resource is not None]
    known = [entry for entry in held if references.kind_of(entry.resource) in _ORDER]
    if not known:
        raise Park(Why.UNSUPPORTED, "Bundle.entry")
    beside = {f"{references.kind_of(entry.resource)}/{entry.resource.id}": entry.resource for entry in held}
    beside |= {str(entry.fullUrl): entry.resource for entry in held if entry.fullUrl}
    known.sort(key=lambda entry: _ORDER[references.kind_of(entry.resource)])
    said_at = _not_after(resource.timestamp, received_at)
    return [fact for entry in known for fact in _said(entry.resource, said_at, beside)]


def _said(resource: Any, received_at: datetime, beside: Mapping[str, Any]) -> list[Fact]:
    kind = references.kind_of(resource)
    _look_for_strangers(resource, kind)
    changed_at = resource.meta.lastUpdated if resource.meta is not None else None
    said_at = _not_after(changed_at, received_at)
    around = references.around(resource, beside)
    say = people.facts if kind == "Patient" else visits.facts
    return say(resource, said_at=said_at, around=around)


def _not_after(moment: datetime | None, received_at: datetime) -> datetime:
    """A clock ahead of ours would silence all that is said until ours has caught up."""
    if moment is None or moment >= received_at:
        return received_at
    return moment.astimezone(UTC)


def _look_for_strangers(resource: Any, kind: str) -> None:
    """FHIR: who does not know a modifier must not act, for it may mean the opposite (R4, extensibility)."""
    if resource.implicitRules is not None:
        raise Park(Why.UNSUPPORTED, f"{kind}.implicitRules")
    if resource.modifierExtension:
        raise Park(Why.UNSUPPORTED, f"{kind}.modifierExtension")
    for number, part in enumerate(getattr(resource, "participant", None) or ()):
        if part.modifierExtension:
            raise Park(Why.UNSUPPORTED, f"{kind}.participant[{number}].modifierExtension")
