from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins

from api import reads
from api.filters import MessageFilter
from api.serializers.messages import MessageSerializer
from api.views.base import Resource


@extend_schema(tags=["messages"])
class MessageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Every text that went out or came in."""

    holds_patients = True
    queryset = reads.messages()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    ordering_fields = ["created_at", "sent_at", "delivered_at"]
    action_permissions = {"list": "messaging.view_message", "retrieve": "messaging.view_message"}
