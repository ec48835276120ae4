from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from api import reads
from api.serializers.feeds import FeedSerializer
from api.views.base import Resource


@extend_schema(tags=["feeds"])
class FeedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """How the schedule feeds are: the last message, silence, backlog, what waits for a person, drift."""

    queryset = reads.sources()
    serializer_class = FeedSerializer
    ordering = ["name"]
    ordering_fields = ["name"]
    action_permissions = {"list": "integrations.view_source", "retrieve": "integrations.view_source"}

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of sources, each with how it is."""
        return reads.feeds(super().paginate_queryset(queryset) or [], now=timezone.now())

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        (feed,) = reads.feeds([self.get_object()], now=timezone.now())
        return Response(self.get_serializer(feed).data)
