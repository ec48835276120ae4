from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import PatientFilter
from api.serializers.patients import ConsentSerializer, PatientSerializer
from api.views.base import Resource
from clinic import consenting, registering
from clinic.models import ConsentSource


@extend_schema(tags=["patients"])
class PatientViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """The people the clinic looks after."""

    holds_patients = True
    queryset = reads.patients()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter
    ordering_fields = ["last_name", "first_name", "date_of_birth"]
    action_permissions = {
        "list": "clinic.view_patient",
        "retrieve": "clinic.view_patient",
        "create": "clinic.add_patient",
        "partial_update": "clinic.change_patient",
        "consents": "clinic.view_patient",
        "add_consent": "clinic.change_patient",
    }
    action_serializers = {"consents": ConsentSerializer, "add_consent": ConsentSerializer}

    def create(self, request: Request) -> Response:
        """Take a patient on the books."""
        new = registering.NewPatient(**self.checked(), consent_source=ConsentSource.API)
        patient = registering.register(patient=new, by=self.actor, now=timezone.now())
        return self.answer(patient.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is known of a patient."""
        patient = self.get_object()
        data = {**self.checked(patient, partial=True), "consent_source": ConsentSource.API}
        registering.update(patient_id=patient.pk, changes=data, by=self.actor, now=timezone.now())
        return self.answer(patient.pk)

    @extend_schema(responses=ConsentSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def consents(self, request: Request, pk: str) -> Response:
        """The ledger: what the patient has said about being contacted, the last word first."""
        rows = reads.consents(self.get_object())
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(request=ConsentSerializer, responses={201: ConsentSerializer})
    @consents.mapping.post
    def add_consent(self, request: Request, pk: str) -> Response:
        """Write down that the patient agrees to a channel, or takes that back."""
        patient, said = self.get_object(), self.checked()
        word = consenting.Word(**said, source=ConsentSource.API)
        row = consenting.record(patient_id=patient.pk, word=word, by=self.actor, now=timezone.now())
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)
