from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Strict, StrictModel
from messaging.models import Message


class RelatedSerializer(Strict):
    """Ids of what a message is about; null where it is about none."""

    cancellation = serializers.IntegerField(allow_null=True)
    offer = serializers.IntegerField(allow_null=True)
    patient = serializers.IntegerField(allow_null=True)


class MessageSerializer(StrictModel):
    # "from" is a word of Python's own.
    vars()["from"] = serializers.CharField(source="from_number")
    related = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id",
            "direction",
            "kind",
            "channel",
            "to",
            "from",
            "body",
            "status",
            "twilio_sid",
            "error_code",
            "related",
            "template",
            "permission",
            "created_at",
            "sent_at",
            "delivered_at",
        ]

    @extend_schema_field(RelatedSerializer)
    def get_related(self, message: Message) -> dict[str, Any]:
        return {name: message.related.get(name) for name in ("cancellation", "offer", "patient")}
