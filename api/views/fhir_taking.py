"""FHIR R4: what other programs say of their calendar."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from api.fhir import bundles, taking
from api.fhir.access import is_within
from api.fhir.describing import BODY, SEARCHED_APPOINTMENTS, TAKEN
from api.fhir.kinds import APPOINTMENT, PATIENT
from api.fhir.taking import Sent
from api.views.fhir import FhirView, SearchView, reading


def body_of(request: Request) -> bytes:
    """What was sent, as it came."""
    data: Any = request.data
    return data if isinstance(data, bytes) else b""


class TakingView(FhirView):
    """A door for resources of one kind."""

    def taken(self, request: Request, kind: str) -> Response:
        source = taking.speaking(request.user)
        answer = taking.take(Sent(body_of(request), kind, kind), source=source)
        headers = {"Location": answer.location} if answer.location else None
        return Response(answer.outcome, status=answer.status, headers=headers)


class AppointmentsView(SearchView, TakingView):
    kind = APPOINTMENT
    needs = {**reading(APPOINTMENT), "POST": ("clinic.add_appointment", "system/Appointment.write")}

    @extend_schema(operation_id="fhir_Appointment_search", tags=["fhir"], **SEARCHED_APPOINTMENTS)
    def get(self, request: Request) -> Response:
        """Visits."""
        return self.searched(request)

    @extend_schema(tags=["fhir"], request=BODY, responses=TAKEN)
    def post(self, request: Request) -> Response:
        """How a visit stands, or a wish for an earlier one, in the program that sends it."""
        return self.taken(request, "Appointment")


class PatientsView(TakingView):
    kind = PATIENT
    needs = {"POST": ("clinic.add_patient", "system/Patient.write")}

    @extend_schema(tags=["fhir"], request=BODY, responses=TAKEN)
    def post(self, request: Request) -> Response:
        """What is known of a patient, or which record of one is no more."""
        return self.taken(request, "Patient")


class BundleView(FhirView):
    """Patients and visits, several at once."""

    # Which scopes it takes, its entries say.
    needs = {"POST": ("clinic.add_appointment", "")}

    @extend_schema(tags=["fhir"], request=BODY, responses=TAKEN)
    def post(self, request: Request) -> Response:
        source, body = taking.speaking(request.user), body_of(request)
        raw = bundles.opened(body, source=source)
        if not all(is_within(request, scope) for scope in bundles.scopes(raw)):
            raise PermissionDenied
        if not request.user.has_perm("clinic.add_patient"):
            raise PermissionDenied
        status, answer = bundles.take(raw, body, source=source)
        return Response(answer, status=status)
