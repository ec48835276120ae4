"""What can be done here, as a CapabilityStatement and as SMART's configuration."""

from __future__ import annotations

from typing import Any

from api.fhir.kinds import KINDS, Kind
from api.fhir.rendering import MEDIA_TYPE
from api.fhir.scopes import SCOPES
from api.fhir.searching import base

FHIR_VERSION = "4.0.1"
# Of what this page says; changed with it.
CHANGED_ON = "2026-11-21"


def statement() -> dict[str, Any]:
    """The CapabilityStatement of this installation."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "software": {"name": "clinic_waitlist"},
        "implementation": {"description": "Visits and freed times of a clinic's waitlist", "url": base()},
        "fhirVersion": FHIR_VERSION,
        "format": ["json", MEDIA_TYPE],
        "rest": [
            {
                "mode": "server",
                "security": _security(),
                "resource": [_resource(kind) for kind in KINDS.values()],
                "interaction": [{"code": "batch"}, {"code": "transaction"}],
            }
        ],
    }


def smart_configuration() -> dict[str, Any]:
    """What a program needs to get its token (SMART App Launch, backend services with a secret)."""
    return {
        "token_endpoint": f"{base()}/auth/token",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": list(SCOPES),
        "capabilities": ["client-confidential-symmetric", "permission-v1"],
    }


def _security() -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    return {
        "extension": [
            {"url": uris, "extension": [{"url": "token", "valueUri": f"{base()}/auth/token"}]},
        ],
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}]}],
    }


def _resource(kind: Kind) -> dict[str, Any]:
    codes = [
        "read",
        *(["search-type"] if kind.parameters else []),
        *(["create"] if kind.is_sent else []),
    ]
    parameters = [
        {"name": one.name, "type": one.type, "documentation": one.text} for one in kind.parameters.values()
    ]
    said: dict[str, Any] = {
        "type": kind.name,
        "interaction": [{"code": code} for code in codes],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
    }
    return {**said, "searchParam": parameters} if parameters else said
