from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.metrics import MetricsQuestion, MetricsSummary
from api.views.base import Resource
from core import scoping
from offers import measuring


@extend_schema(tags=["metrics"])
class MetricsViewSet(Resource):
    """What the waitlist has achieved: the figures of the analytics page."""

    serializer_class = MetricsSummary
    filter_backends = []
    pagination_class = None
    action_permissions = {"summary": "offers.view_analytics"}

    @extend_schema(parameters=[MetricsQuestion], responses=MetricsSummary)
    def summary(self, request: Request) -> Response:
        """The figures of the slots logged from one day to another, by each clinic's own calendar."""
        question = MetricsQuestion(data=request.query_params)
        question.is_valid(raise_exception=True)
        scope = scoping.of(request.user)
        found = measuring.summary(scope=scope, now=timezone.now(), **question.validated_data)
        return Response(self.get_serializer(found).data)
