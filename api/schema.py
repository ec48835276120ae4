"""What the OpenAPI document says beyond the serializers: how every operation refuses."""

from __future__ import annotations

from typing import Any

DETAIL = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
FIELD_ERRORS = {
    "type": "object",
    "description": "What is wrong, by field.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
UNAUTHENTICATED, FORBIDDEN = ("401", "Nobody we know", "Refusal"), ("403", "Not in this role", "Refusal")
INVALID, CONFLICT = ("400", "Bad input", "FieldErrors"), ("409", "Somebody was faster", "Refusal")
NOT_FOUND = ("404", "No such record", "Refusal")


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A drf-spectacular postprocessing hook."""
    result["components"].setdefault("schemas", {}).update(Refusal=DETAIL, FieldErrors=FIELD_ERRORS)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for code, description, schema in _refusals(path, method):
                refusal = _outcome(description) if "/fhir/" in path else _response(description, schema)
                operation["responses"].setdefault(code, refusal)
    return result


def _refusals(path: str, method: str) -> list[tuple[str, str, str]]:
    refusals = [INVALID, UNAUTHENTICATED, FORBIDDEN]
    if "{" in path:
        refusals.append(NOT_FOUND)
    if method != "get":
        refusals.append(CONFLICT)
    return refusals


def _response(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _outcome(description: str) -> dict[str, Any]:
    """FHIR refuses with an OperationOutcome."""
    shape = {"type": "object", "required": ["resourceType", "issue"], "additionalProperties": True}
    return {"description": description, "content": {"application/fhir+json": {"schema": shape}}}
