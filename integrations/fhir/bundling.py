"""Which Bundles are taken, now and when staff have one read once more. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.fhir.issues import Issue, path

KINDS = ("batch", "transaction", "collection")
HELD = ("Patient", "Appointment")
MOST_ENTRIES = 200
_METHODS = ("POST", "PUT")
_CONDITIONS = ("ifMatch", "ifNoneMatch", "ifModifiedSince", "ifNoneExist")


def faults(raw: Mapping[str, Any]) -> list[Issue]:
    """What of a Bundle that R4 allows is not done here."""
    if raw.get("type") not in KINDS:
        return [Issue("not-supported", f"Not one of: {', '.join(KINDS)}.", "Bundle.type")]
    entries = raw.get("entry") or ()
    if len(entries) > MOST_ENTRIES:
        return [Issue("too-costly", f"Send {MOST_ENTRIES} entries at once at most.", "Bundle.entry")]
    return [issue for number, entry in enumerate(entries) for issue in _faults_of(number, entry, raw["type"])]


def _faults_of(number: int, entry: Any, kind: str) -> Iterator[Issue]:
    where = path("Bundle", "entry", number)
    held = entry.get("resource") if isinstance(entry, Mapping) else None
    if not isinstance(held, Mapping) or held.get("resourceType") not in HELD:
        yield Issue("not-supported", "Each entry holds a Patient or an Appointment.", f"{where}.resource")
        return
    asked = entry.get("request")
    if asked is None:
        if kind != "collection":
            yield Issue("required", "Each entry says what is asked.", f"{where}.request")
        return
    if asked.get("method") not in _METHODS:
        yield Issue("not-supported", "POST and PUT alone are done here.", f"{where}.request.method")
    for name in _CONDITIONS:
        if name in asked:
            yield Issue("not-supported", "Conditions are not looked at here.", f"{where}.request.{name}")
