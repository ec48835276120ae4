"""FHIR R4: visits and freed times to read and to search, patients to read, and what can be done here."""

from __future__ import annotations

import time
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fhir import capability, outcomes, searching
from api.fhir.access import BearerAuthentication, FhirPermission
from api.fhir.describing import READ, SEARCHED, parameters_of
from api.fhir.kinds import APPOINTMENT, PATIENT, SLOT, Kind
from api.fhir.rendering import FhirBody, FhirRenderer, PlainBody, PlainRenderer
from clinic import seeing
from core import looking
from integrations import timing


class FhirView(APIView):
    """A door that speaks FHIR: `needs` names the permission and the scope that each method takes."""

    authentication_classes = [BearerAuthentication, TokenAuthentication, SessionAuthentication]
    permission_classes = [FhirPermission]
    renderer_classes = [FhirRenderer, PlainRenderer]
    parser_classes = [FhirBody, PlainBody]
    metadata_class = None
    needs: dict[str, tuple[str, str]] = {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As ever; how long the answer to what a program tells us took is counted."""
        began = time.perf_counter()
        response: Any = super().dispatch(request, *args, **kwargs)
        if request.method == "POST":
            seconds = time.perf_counter() - began
            timing.answered(door="fhir", answer=str(response.status_code), seconds=seconds)
        return response

    def get_exception_handler(self) -> Any:
        return outcomes.handle

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is said of patients stays in no cache."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        patch_vary_headers(final, ["Authorization"])
        return final


def reading(kind: Kind) -> dict[str, tuple[str, str]]:
    return {"GET": (kind.permission, f"system/{kind.name}.read")}


class ReadView(FhirView):
    """One resource by its id."""

    kind: Kind

    @extend_schema(tags=["fhir"], responses=READ)
    def get(self, request: Request, name: str) -> Response:
        row = self.kind.find(name, user=request.user)
        if self.kind.holds_patients:
            seeing.row(row, request=request, now=timezone.now())
        resource = self.kind.written(row)
        etag = f'W/"{resource["meta"]["versionId"]}"'
        known = request.headers.get("If-None-Match", "")
        if etag in [one.strip() for one in known.split(",")]:
            return Response(status=304, headers={"ETag": etag})
        return Response(resource, headers={"ETag": etag})


class SearchView(FhirView):
    """The resources of a kind that parameters ask for, in pages."""

    kind: Kind

    def searched(self, request: Request) -> Response:
        kind = self.kind
        prefer = request.headers.get("Prefer", "")
        search = searching.asked(request.query_params, kind.parameters, prefer=prefer)
        rows, total, more = search.found(kind.seen_by(request.user))
        if kind.holds_patients:
            looking.rows(kind.rows().model, count=len(rows), request=request, now=timezone.now())
        resources = [kind.written(row) for row in rows]
        address = kind.address
        return Response(
            searching.bundle(search, address=address, resources=resources, total=total, more=more)
        )


class AppointmentView(ReadView):
    kind, needs = APPOINTMENT, reading(APPOINTMENT)


class SlotView(ReadView):
    kind, needs = SLOT, reading(SLOT)


class PatientView(ReadView):
    kind, needs = PATIENT, reading(PATIENT)


class SlotsView(SearchView):
    kind, needs = SLOT, reading(SLOT)

    @extend_schema(
        tags=["fhir"],
        operation_id="fhir_Slot_search",
        parameters=parameters_of(SLOT),
        responses=SEARCHED,
    )
    def get(self, request: Request) -> Response:
        """The times that came free, and whether they can still be had."""
        return self.searched(request)


class MetadataView(FhirView):
    """What can be done here. It says nothing of anybody, and a program asks it before it has a token."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(tags=["fhir"], auth=[], responses=READ)
    def get(self, request: Request) -> Response:
        return Response(capability.statement())


class SmartConfigurationView(FhirView):
    """Where a program gets its token."""

    permission_classes = [AllowAny]
    authentication_classes = []
    renderer_classes = [PlainRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(capability.smart_configuration())


class ElsewhereView(FhirView):
    """Every other address below FHIR's."""

    needs = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), ("clinic.view_appointment", ""))

    def _nothing(self, request: Request, rest: str) -> Response:
        raise Http404

    get = post = put = patch = delete = extend_schema(exclude=True)(_nothing)
