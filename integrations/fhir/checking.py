"""Is this a resource of FHIR R4? The models of fhir.resources say so, and what they let pass is checked here.

They take any word where R4 allows a few, 1 where it says true, a number for an instant, and text that holds
JSON for a resource inside; each of them was seen. Pure: no Django.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel, ValidationError

from integrations.fhir.issues import Issue, Unfit, path

MODELS: dict[str, type[BaseModel]] = {"Appointment": Appointment, "Patient": Patient, "Bundle": Bundle}
MOST_ISSUES = 20

# By pydantic's kind of error. Its own words would repeat the value, which may be a patient's.
_KINDS = {
    "missing": Issue("required", "This element is required."),
    "model_field_validation.missing": Issue("required", "This element is required."),
    "extra_forbidden": Issue("structure", "Holds an element that FHIR R4 does not know here."),
}
_VALUE = Issue("value", "This value is not what FHIR R4 allows here.")
# In JSON each of them is written as one type only.
_WRITTEN: tuple[tuple[type, tuple[type, ...]], ...] = (
    (bool, (bool,)),
    (date, (str,)),
    (int, (int,)),
    (Decimal, (int, float)),
    (str, (str,)),
)


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body in UTF-8. Raises Unfit."""
    try:
        found = json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unfit(Issue("structure", "The body is not valid JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise Unfit(Issue("structure", "The body is not a JSON object."))
    return found


def checked(raw: Mapping[str, Any], *types: str) -> Any:
    """The resource as a model of R4, of one of these types. Raises Unfit with what is wrong and where."""
    name = raw.get("resourceType")
    if name not in types:
        raise Unfit(Issue("structure", f"This is not one of: {', '.join(types)}.", "resourceType"))
    strangers = [
        Issue("structure", "No resource of FHIR R4.", where)
        for where, held in inside(raw, str(name))
        if not _is_known(held)
    ]
    if strangers:
        raise Unfit(*strangers[:MOST_ISSUES])
    model = _modelled(raw, str(name))
    wrong = list(faults(raw, model, str(name)))
    if wrong:
        raise Unfit(*wrong[:MOST_ISSUES])
    return model


def inside(raw: Mapping[str, Any], base: str) -> Iterator[tuple[str, Any]]:
    """Every resource within a resource, with its place."""
    for number, held in enumerate(_listed(raw.get("contained"))):
        yield from _with_inside(held, path(base, "contained", number))
    for number, entry in enumerate(_listed(raw.get("entry"))):
        if isinstance(entry, Mapping) and "resource" in entry:
            yield from _with_inside(entry["resource"], path(base, "entry", number, "resource"))


def _with_inside(held: Any, where: str) -> Iterator[tuple[str, Any]]:
    yield where, held
    if isinstance(held, Mapping):
        yield from inside(held, where)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_known(held: Any) -> bool:
    name = held.get("resourceType") if isinstance(held, Mapping) else None
    if not isinstance(name, str):
        return False
    try:
        get_fhir_model_class(name)
    except (KeyError, ValueError):
        return False
    return True


def _modelled(raw: Mapping[str, Any], name: str) -> BaseModel:
    try:
        return MODELS[name].model_validate(raw)
    except ValidationError as error:
        found = [_issue(line["type"], line["loc"], name) for line in error.errors(include_url=False)]
    except (TypeError, KeyError, AttributeError, RecursionError):
        # Its own checks fall over parts of the wrong type before they come to refuse them.
        found = [_VALUE]
    raise Unfit(*dict.fromkeys(found[:MOST_ISSUES])) from None


def _issue(kind: str, place: tuple[str | int, ...], name: str) -> Issue:
    known = _KINDS.get(kind, _VALUE)
    # The name of an element that nobody knows is the sender's own words.
    steps = place[:-1] if kind == "extra_forbidden" else place
    return Issue(known.code, known.text, path(name, *steps))


def faults(raw: Any, model: Any, where: str) -> Iterator[Issue]:
    """What the models let pass: words that are none of the allowed, and values written as another type."""
    if isinstance(model, list):
        for number, (own, part) in enumerate(zip(raw, model, strict=False)):
            yield from faults(own, part, path(where, number))
    elif isinstance(model, BaseModel):
        yield from _faults_inside(raw, model, where)
    elif model is not None and not _is_written(raw, model):
        yield Issue("value", "FHIR's JSON writes no value like this here.", where)


def _faults_inside(raw: Any, model: BaseModel, where: str) -> Iterator[Issue]:
    if not isinstance(raw, Mapping):
        yield Issue("structure", "This is not a JSON object.", where)
        return
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if value is None:
            continue
        key = field.alias or name
        place = path(where, key)
        extra = field.json_schema_extra
        allowed = extra.get("enum_values") if isinstance(extra, dict) else None
        if isinstance(allowed, list) and any(word not in allowed for word in _words(value)):
            yield Issue("code-invalid", f"Not one of: {', '.join(map(str, allowed))}.", place)
        yield from faults(raw.get(key), value, place)


def _words(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for word in values if isinstance(word, str)]


def _is_written(raw: Any, value: Any) -> bool:
    if isinstance(value, str) and not _is_text(value):
        return False
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return isinstance(raw, written) and (kind is bool or not isinstance(raw, bool))
    return True


def _is_text(value: str) -> bool:
    """Without what no database stores: control characters but tab and line ends, and halves of characters."""
    return not any((mark < " " and mark not in "\t\r\n") or "\ud800" <= mark <= "\udfff" for mark in value)


def _refuse(constant: str) -> NoReturn:
    raise ValueError("JSON has no such number.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members have a name each: which of two would be meant, nobody can say."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A member stands twice.")
    return found
