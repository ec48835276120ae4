from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import PatientFilter
from api.serializers.patients import PatientSerializer
from api.views.base import Resource
from clinic import registering


@extend_schema(tags=["patients"])
class PatientViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """The people the clinic looks after."""

    queryset = reads.patients()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter
    ordering_fields = ["last_name", "first_name", "date_of_birth"]
    action_permissions = {
        "list": "clinic.view_patient",
        "retrieve": "clinic.view_patient",
        "create": "clinic.add_patient",
        "partial_update": "clinic.change_patient",
    }

    def create(self, request: Request) -> Response:
        """Take a patient on the books."""
        new = registering.NewPatient(**self.checked())
        patient = registering.register(patient=new, by=self.actor, now=timezone.now())
        return self.answer(patient.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is known of a patient."""
        patient = self.get_object()
        data = self.checked(patient, partial=True)
        registering.update(patient_id=patient.pk, changes=data, by=self.actor, now=timezone.now())
        return self.answer(patient.pk)
