"""How the OpenAPI document shows FHIR: its resources are described by their own specification."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from api.fhir.kinds import APPOINTMENT, Kind
from api.fhir.rendering import MEDIA_TYPE
from api.fhir.scopes import SCOPES
from api.fhir.searching import base

BODY = {(MEDIA_TYPE): OpenApiTypes.OBJECT, "application/json": OpenApiTypes.OBJECT}
READ = {
    (200, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "The resource, with its version as ETag."),
    304: OpenApiResponse(description="It is as If-None-Match says."),
}
SEARCHED = {
    (200, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "A Bundle of type searchset."),
    406: OpenApiResponse(description="Answers are JSON."),
}


_OUTCOME = OpenApiResponse(OpenApiTypes.OBJECT, "An OperationOutcome, or a Bundle that answers one.")
TAKEN = {
    (200, MEDIA_TYPE): _OUTCOME,
    (201, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "New here; Location says where it is read."),
    (202, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "Stored; staff have to see to it first."),
    (413, MEDIA_TYPE): _OUTCOME,
    (415, MEDIA_TYPE): _OUTCOME,
    (422, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "Stored for staff, and not acted on."),
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document names the access tokens of programs."""

    target_class = "api.fhir.access.BearerAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        flow = {"tokenUrl": f"{base()}/auth/token", "scopes": SCOPES}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def parameters_of(kind: Kind) -> list[OpenApiParameter]:
    """The search parameters of a kind, and those that every search has."""
    own = [OpenApiParameter(one.name, str, description=one.text) for one in kind.parameters.values()]
    return [
        *own,
        OpenApiParameter("_count", int, description="How many a page holds, 200 at most."),
        OpenApiParameter("_summary", str, enum=["count", "false"]),
        OpenApiParameter("Prefer", str, OpenApiParameter.HEADER, description="handling=strict or lenient"),
    ]


SEARCHED_APPOINTMENTS: dict[str, Any] = {"parameters": parameters_of(APPOINTMENT), "responses": SEARCHED}
