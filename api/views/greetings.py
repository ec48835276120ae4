from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins

from api import reads
from api.filters import GreetingFilter
from api.serializers.greetings import GreetingSerializer
from api.views.base import Resource


@extend_schema(tags=["greetings"])
class GreetingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """What became of each birthday; only `sent` counts as greeted."""

    holds_patients = True
    queryset = reads.greetings()
    serializer_class = GreetingSerializer
    filterset_class = GreetingFilter
    ordering_fields = ["birthday_on", "sent_at"]
    action_permissions = {"list": "outreach.view_greeting", "retrieve": "outreach.view_greeting"}
