from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.filters import CancellationFilter
from api.serializers.base import Nothing
from api.serializers.calendar import ReasonSerializer
from api.serializers.cancellations import CancellationSerializer, DecisionSerializer, FillSerializer
from api.views.base import Resource
from offers import explaining, opening, pausing, phoning, reopening, withdrawing


@extend_schema(tags=["cancellations"])
class CancellationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Slots that came free, from the moment they are logged until they are filled or given up."""

    queryset = reads.cancellations()
    serializer_class = CancellationSerializer
    filterset_class = CancellationFilter
    ordering_fields = ["starts_at", "created_at", "status"]
    action_permissions = {
        "list": "offers.view_cancellation",
        "retrieve": "offers.view_cancellation",
        "decisions": "offers.view_cancellation",
        "create": "offers.add_cancellation",
        "withdraw": "offers.change_cancellation",
        "pause": "offers.change_cancellation",
        "resume": "offers.change_cancellation",
        "fill": "offers.change_cancellation",
        "reopen": "offers.change_cancellation",
    }

    action_serializers = {
        "withdraw": ReasonSerializer,
        "pause": Nothing,
        "resume": Nothing,
        "fill": FillSerializer,
        "reopen": ReasonSerializer,
        "decisions": DecisionSerializer,
    }

    def create(self, request: Request) -> Response:
        """Log a cancelled slot; the first texts go out when the grace time is over."""
        data = self.checked()
        minutes = data.get("duration_minutes") or data["visit_type"].duration_minutes
        slot = opening.NewSlot(
            clinic_id=data["clinic"].pk,
            provider_id=data["provider"].pk,
            visit_type_id=data["visit_type"].pk,
            starts_at=data["starts_at"],
            ends_at=data["starts_at"] + timedelta(minutes=minutes),
            reason=data.get("reason", ""),
            tells_patient=data.get("tells_patient", True),
        )
        opened = opening.open_slot(slot=slot, by=self.actor, now=timezone.now())
        return self.answer(opened.pk, status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=CancellationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Stop offering this slot; everybody who was asked is told."""
        slot, data = self.get_object(), self.checked()
        withdrawing.withdraw(
            cancellation_id=slot.pk, by=self.actor, now=timezone.now(), reason=data["reason"]
        )
        return self.answer(slot.pk)

    @extend_schema(request=Nothing, responses=CancellationSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Ask nobody else until the slot is resumed; those asked may still answer."""
        slot, _ = self.get_object(), self.checked()
        pausing.pause(cancellation_id=slot.pk, by=self.actor, now=timezone.now())
        return self.answer(slot.pk)

    @extend_schema(request=Nothing, responses=CancellationSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on asking."""
        slot, _ = self.get_object(), self.checked()
        pausing.resume(cancellation_id=slot.pk, by=self.actor, now=timezone.now())
        return self.answer(slot.pk)

    @extend_schema(request=FillSerializer, responses=CancellationSerializer)
    @action(detail=True, methods=["post"])
    def fill(self, request: Request, pk: str) -> Response:
        """Booked by phone: the same lock and the same texts as a YES."""
        slot, data = self.get_object(), self.checked()
        phoning.book(
            cancellation_id=slot.pk, patient_id=data["patient"].pk, by=self.actor, now=timezone.now()
        )
        return self.answer(slot.pk)

    @extend_schema(request=ReasonSerializer, responses=CancellationSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """The winner dropped out: those who stand by come first, then the next round."""
        slot, data = self.get_object(), self.checked()
        reopening.reopen(cancellation_id=slot.pk, by=self.actor, now=timezone.now(), reason=data["reason"])
        return self.answer(slot.pk)

    @extend_schema(responses=DecisionSerializer(many=True), filters=False)
    @action(detail=True, filter_backends=[])
    def decisions(self, request: Request, pk: str) -> Response:
        """Everybody who was considered: rank and score, or the first rule that said no."""
        decided = explaining.decisions(cancellation=self.get_object())
        page = self.paginate_queryset(decided)
        return self.get_paginated_response(DecisionSerializer(page, many=True).data)
