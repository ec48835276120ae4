from __future__ import annotations

from rest_framework import serializers

from api.serializers.base import StrictModel
from clinic.models import Patient


class PatientSerializer(StrictModel):
    # The verb reads what people type and keeps E.164.
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    opted_out = serializers.BooleanField(
        read_only=True, help_text="This phone has told us to stop. Only a text from it can lift that."
    )

    class Meta:
        model = Patient
        fields = [
            "id",
            "first_name",
            "last_name",
            "date_of_birth",
            "phone",
            "email",
            "language",
            "status",
            "preferred_channel",
            "sms_consent",
            "opted_out",
        ]
