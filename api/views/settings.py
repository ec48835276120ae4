"""Clinics, providers and visit types: read by all staff, written by those who manage the clinic."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import ProviderFilter, ResourceFilter
from api.serializers.calendar import (
    ClinicSerializer,
    ProviderSerializer,
    ResourceSerializer,
    VisitTypeSerializer,
)
from api.views.base import Resource
from clinic import arranging


class Arranged(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """A record that says how the clinic works."""

    def create(self, request: Request) -> Response:
        record = self.get_queryset().model()
        made = arranging.arrange(record=record, values=self.checked(), by=self.actor, now=timezone.now())
        return self.answer(made.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        record = self.get_object()
        values = self.checked(record, partial=True)
        arranging.arrange(record=record, values=values, by=self.actor, now=timezone.now())
        return self.answer(record.pk)


@extend_schema(tags=["clinics"])
class ClinicViewSet(Arranged):
    """Places, with the rules by which they text. A null rule means "as the installation's settings say"."""

    queryset = reads.clinics()
    serializer_class = ClinicSerializer
    ordering_fields = ["name"]
    action_permissions = {
        "list": "clinic.view_clinic",
        "retrieve": "clinic.view_clinic",
        "create": "clinic.add_clinic",
        "partial_update": "clinic.change_clinic",
    }


@extend_schema(tags=["clinics"])
class ProviderViewSet(Arranged):
    """The people patients have appointments with."""

    queryset = reads.providers()
    serializer_class = ProviderSerializer
    filterset_class = ProviderFilter
    ordering_fields = ["name", "provider_type"]
    action_permissions = {
        "list": "clinic.view_provider",
        "retrieve": "clinic.view_provider",
        "create": "clinic.add_provider",
        "partial_update": "clinic.change_provider",
    }


@extend_schema(tags=["clinics"])
class VisitTypeViewSet(Arranged):
    """Kinds of visit and how long they take."""

    queryset = reads.visit_types()
    serializer_class = VisitTypeSerializer
    ordering_fields = ["name", "duration_minutes"]
    action_permissions = {
        "list": "clinic.view_visittype",
        "retrieve": "clinic.view_visittype",
        "create": "clinic.add_visittype",
        "partial_update": "clinic.change_visittype",
    }


@extend_schema(tags=["clinics"])
class ResourceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Rooms, seats and equipment that one visit at a time can have."""

    queryset = reads.resources()
    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter
    ordering_fields = ["name"]
    action_permissions = {
        "list": "clinic.view_provider",
        "retrieve": "clinic.view_provider",
    }
