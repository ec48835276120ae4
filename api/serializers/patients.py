from __future__ import annotations

from rest_framework import serializers

from api.serializers.base import StrictModel
from clinic.models import Consent, Patient


class PatientSerializer(StrictModel):
    # The verb reads what people type and keeps E.164.
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    consent_words = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="What the patient said about texts, word for word: kept in the ledger with sms_consent.",
    )
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
            "primary_provider",
            "under_guardian",
            "birthday_greetings",
            "phone",
            "email",
            "language",
            "status",
            "preferred_channel",
            "timezone",
            "sms_consent",
            "consent_words",
            "opted_out",
        ]


class ConsentSerializer(StrictModel):
    """One word of the patient about one channel, as the ledger keeps it."""

    class Meta:
        model = Consent
        fields = ["id", "channel", "given", "source", "words", "recorded_by", "recorded_at"]
        read_only_fields = ["source", "recorded_by", "recorded_at"]
