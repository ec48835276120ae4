from __future__ import annotations

from api.serializers.base import StrictModel
from outreach.models import Greeting


class GreetingSerializer(StrictModel):
    class Meta:
        model = Greeting
        fields = [
            "id",
            "patient",
            "year",
            "birthday_on",
            "provider",
            "clinic",
            "channel",
            "status",
            "reason",
            "error_code",
            "created_at",
            "sent_at",
        ]
