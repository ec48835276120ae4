from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import AppointmentFilter, ClinicFileFilter, NoticeFilter
from api.serializers.base import Nothing
from api.serializers.calendar import (
    AppointmentSerializer,
    AppointmentStatusSerializer,
    CancelSerializer,
    ClinicFileSerializer,
    ConflictsSerializer,
    MovedSerializer,
    NoticeSerializer,
    RescheduleSerializer,
    WantedSerializer,
)
from api.views.base import Resource
from clinic import attending, booking, cancelling, noticing, scheduling
from waitlist import moving

# A program cannot weigh a warning; the audit says that it was not asked to.
BY_PROGRAM = "booked by another program"


@extend_schema(tags=["appointments"])
class AppointmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Visits in the calendar."""

    holds_patients = True
    queryset = reads.appointments()
    serializer_class = AppointmentSerializer
    filterset_class = AppointmentFilter
    ordering_fields = ["starts_at", "status"]
    action_permissions = {
        "list": "clinic.view_appointment",
        "retrieve": "clinic.view_appointment",
        "create": "clinic.add_appointment",
        "conflicts": "clinic.view_appointment",
        "move_conflicts": "clinic.view_appointment",
        "confirm": "clinic.change_appointment",
        "cancel": "clinic.change_appointment",
        "reschedule": "clinic.change_appointment",
        "set_status": "clinic.change_appointment",
    }
    action_serializers = {
        "conflicts": WantedSerializer,
        "move_conflicts": MovedSerializer,
        "confirm": Nothing,
        "cancel": CancelSerializer,
        "reschedule": RescheduleSerializer,
        "set_status": AppointmentStatusSerializer,
    }

    def create(self, request: Request) -> Response:
        """Book a visit. 409 with `conflicts` where one is a block; warnings are shown and do not refuse."""
        wanted = self.serialized(request.data).booking()
        new = replace(wanted, override=wanted.override or BY_PROGRAM)
        booked = scheduling.schedule(booking=new, by=self.actor, now=timezone.now())
        return self.answer(booked.pk, status.HTTP_201_CREATED)

    @extend_schema(parameters=[WantedSerializer], responses=ConflictsSerializer, filters=False)
    @action(detail=False, filter_backends=[], pagination_class=None)
    def conflicts(self, request: Request) -> Response:
        """What would speak against a visit that is not booked yet. Nothing is stored."""
        return self._against(self.serialized(request.query_params).booking())

    @extend_schema(
        parameters=[MovedSerializer],
        responses=ConflictsSerializer,
        filters=False,
        operation_id="appointments_conflicts_of_moving",
    )
    @action(detail=True, url_path="conflicts", filter_backends=[], pagination_class=None)
    def move_conflicts(self, request: Request, pk: str) -> Response:
        """What would speak against this visit at another time. Nothing is stored."""
        visit, data = self.get_object(), self.serialized(request.query_params).validated_data
        return self._against(booking.as_moved(visit, starts_at=data["starts_at"]))

    def _against(self, wanted: booking.NewBooking) -> Response:
        booking.check_time(wanted, timezone.now())
        found = scheduling.against(booking=wanted)
        free = not any(conflict.is_block for conflict in found)
        return Response(ConflictsSerializer({"can_be_booked": free, "conflicts": found}).data)

    @extend_schema(request=Nothing, responses=AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The patient says that he or she comes; again changes nothing."""
        visit = self.get_object()
        self.checked()
        attending.confirm(appointment_id=visit.pk, by=self.actor, now=timezone.now())
        return self.answer(visit.pk)

    @extend_schema(request=CancelSerializer, responses=AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a booked visit; its time is offered to the waitlist unless `offer_slot` is false."""
        visit, data = self.get_object(), self.checked()
        cancelling.cancel(appointment_id=visit.pk, by=self.actor, now=timezone.now(), **data)
        return self.answer(visit.pk)

    @extend_schema(request=RescheduleSerializer, responses=AppointmentSerializer)
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        """Move a booked visit, same length. The answer is the new one; the old stays as `rescheduled`."""
        visit, data = self.get_object(), self.checked()
        moved = moving.move(
            appointment_id=visit.pk,
            starts_at=data["starts_at"],
            waits_on=data["waits_on"],
            override=data.get("override_reason") or BY_PROGRAM,
            by=self.actor,
            now=timezone.now(),
        )
        return self.answer(moved.pk)

    @extend_schema(request=AppointmentStatusSerializer, responses=AppointmentSerializer)
    @action(detail=True, methods=["post"], url_path="status")
    def set_status(self, request: Request, pk: str) -> Response:
        """Record what became of a visit on the day."""
        visit, data = self.get_object(), self.checked()
        attending.set_status(appointment_id=visit.pk, to=data["status"], by=self.actor, now=timezone.now())
        return self.answer(visit.pk)


@extend_schema(tags=["clinic-files"])
class ClinicFileViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """What the clinics keep of their patients: opened with the first visit that is booked there."""

    holds_patients = True
    queryset = reads.clinic_files()
    serializer_class = ClinicFileSerializer
    filterset_class = ClinicFileFilter
    ordering_fields = ["number", "opened_at"]
    action_permissions = {"list": "clinic.view_clinicfile", "retrieve": "clinic.view_clinicfile"}


@extend_schema(tags=["notices"])
class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """What the provider with the caller's own account was told, in the program, of his or her visits."""

    holds_patients = True
    queryset = reads.notices()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    ordering_fields = ["created_at"]
    action_permissions = dict.fromkeys(("list", "retrieve", "read"), "clinic.view_notice")
    action_serializers = {"read": Nothing}

    def get_queryset(self) -> Any:
        return super().get_queryset().to(self.request.user.pk)

    @extend_schema(request=Nothing, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark one's own notice as read; again changes nothing."""
        notice = self.get_object()
        self.checked()
        noticing.read(user=request.user, notice_id=notice.pk, now=timezone.now())
        return self.answer(notice.pk)
