"""A Bundle of patients and visits: of a batch or a collection each entry stands for itself.

A transaction is stored as one message, and takes effect in whole or not at all. What only lacks a word of
staff is no reason to refuse: then all of it waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from api.fhir import taking
from api.fhir.outcomes import Refused
from api.fhir.taking import Answer, Sent
from integrations.fhir import bundling, checking
from integrations.fhir.issues import Unfit
from integrations.models import Source

_ANSWERS = {"batch": "batch-response", "collection": "batch-response", "transaction": "transaction-response"}

Raw = Mapping[str, Any]


def opened(body: bytes, *, source: Source) -> Raw:
    """The Bundle, whose entries are looked at one by one. Raises Refused, with the body kept for staff."""
    try:
        raw = checking.parsed(body)
        checking.checked(_without_resources(raw), "Bundle")
        issues = bundling.faults(raw)
    except Unfit as unfit:
        issues = list(unfit.issues)
    if issues:
        taking.store_unread(body, source=source)
        raise Refused(400, *issues)
    return raw


def scopes(raw: Raw) -> set[str]:
    """The scopes that sending this takes."""
    return {f"system/{_kind(entry)}.write" for entry in _entries(raw)}


def take(raw: Raw, body: bytes, *, source: Source) -> tuple[int, dict[str, Any]]:
    """Act on a Bundle: HTTP's status and the Bundle that answers it, or an OperationOutcome."""
    if raw["type"] != "transaction":
        return 200, _response(raw, taking.take_all([_piece(piece) for piece in _pieces(raw)], source=source))
    said = [(taking.read(piece, "Bundle"), _kind(piece["entry"][0])) for piece in _pieces(raw)]
    known = taking.located(said, source=source)
    answer = taking.take(Sent(body, "Bundle", "", stored_as="fhir.transaction"), source=source)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return answer.status, answer.outcome
    pairs = zip(known, taking.located(said, source=source), strict=True)
    return 200, _response(raw, [_of_whole(answer, before, after) for before, after in pairs])


def _of_whole(answer: Answer, before: str | None, after: str | None) -> Answer:
    if answer.status != HTTPStatus.OK or after is None:
        return answer
    return Answer(201 if before is None else 200, answer.outcome, after)


def _piece(piece: Raw) -> Sent:
    """One entry; where its own resource is at fault, the resource alone, so that places are within that."""
    first = piece["entry"][0]
    whole, kind = (piece, "Bundle") if _is_sound(piece) else (first["resource"], _kind(first))
    return Sent(json.dumps(whole, ensure_ascii=True).encode(), kind, _kind(first))


def _is_sound(piece: Raw) -> bool:
    try:
        checking.checked(piece["entry"][0]["resource"], *bundling.HELD)
    except Unfit:
        return False
    return True


def _pieces(raw: Raw) -> Iterator[Raw]:
    """Each entry with what it refers to, as a Bundle of its own."""
    entries = _entries(raw)
    by_address: dict[str, Raw] = {}
    for entry in entries:
        resource = entry["resource"]
        by_address[f"{resource['resourceType']}/{resource.get('id')}"] = entry
        by_address[str(entry.get("fullUrl"))] = entry
    said = {"timestamp": raw["timestamp"]} if "timestamp" in raw else {}
    for entry in entries:
        named = (by_address.get(address) for address in _references(entry["resource"]))
        beside = [one for one in named if one is not None and one is not entry and _is_person(one)]
        kept = [_bare(one) for one in (entry, *beside)]
        yield {"resourceType": "Bundle", "type": "collection", **said, "entry": kept}


def _bare(entry: Raw) -> dict[str, Any]:
    return {name: entry[name] for name in ("fullUrl", "resource") if name in entry}


def _is_person(entry: Raw) -> bool:
    return _kind(entry) == "Patient"


def _entries(raw: Raw) -> list[Any]:
    return list(raw.get("entry") or ())


def _kind(entry: Raw) -> str:
    return str(entry["resource"]["resourceType"])


def _references(held: Any) -> Iterator[str]:
    if isinstance(held, Mapping):
        if isinstance(held.get("reference"), str):
            yield held["reference"]
        for value in held.values():
            yield from _references(value)
    elif isinstance(held, list):
        for value in held:
            yield from _references(value)


def _response(raw: Raw, answers: Sequence[Answer]) -> dict[str, Any]:
    entries = [_entry(answer) for answer in answers]
    found = {"resourceType": "Bundle", "type": _ANSWERS[raw["type"]]}
    return {**found, "entry": entries} if entries else found


def _entry(answer: Answer) -> dict[str, Any]:
    status = HTTPStatus(answer.status)
    said: dict[str, Any] = {"status": f"{status.value} {status.phrase}", "outcome": answer.outcome}
    return {"response": {**said, "location": answer.location} if answer.location else said}


def _without_resources(raw: Raw) -> Raw:
    """The Bundle around its entries."""
    entries = raw.get("entry")
    if not isinstance(entries, list):
        return raw
    bare = [
        {name: value for name, value in entry.items() if name != "resource"} or {"id": "bare"}
        if isinstance(entry, Mapping)
        else entry
        for entry in entries
    ]
    return {**raw, "entry": bare}
