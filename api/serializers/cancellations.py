"""Cancelled slots, the offers made for them, and the decision about everybody considered."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import IdField
from api.serializers.base import ScoreParts, Strict, StrictModel
from api.serializers.calendar import DurationField
from clinic.models import Patient
from offers.explaining import Decision
from offers.models import Cancellation, Offer
from offers.states import OfferStatus
from waitlist import scoring


class OfferSerializer(StrictModel):
    waitlist_entry = serializers.IntegerField(source="entry_id")
    round = serializers.IntegerField(source="round_number")
    score_parts = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = [
            "id",
            "patient",
            "waitlist_entry",
            "round",
            "rank",
            "status",
            "score",
            "score_parts",
            "hold_expires_at",
            "responded_at",
        ]

    @extend_schema_field(ScoreParts)
    def get_score_parts(self, offer: Offer) -> dict[str, Any]:
        return dict(ScoreParts(scoring.unpack(offer.parts)).data)


class CancellationSerializer(StrictModel):
    """`round` is 0 until somebody was asked; `filled_by` is the winning offer, null without one."""

    duration_minutes = DurationField()
    round = serializers.IntegerField(source="round_number", read_only=True)
    filled_by = serializers.SerializerMethodField()
    offers = OfferSerializer(many=True, read_only=True)
    tells_patient = serializers.BooleanField(
        write_only=True,
        required=False,
        help_text="Whether the patient of a visit that is cancelled with it is told; unless it says no.",
    )

    class Meta:
        model = Cancellation
        fields = [
            "id",
            "clinic",
            "provider",
            "visit_type",
            "starts_at",
            "duration_minutes",
            "reason",
            "tells_patient",
            "status",
            "unfilled_reason",
            "next_step_at",
            "waiting_for",
            "round",
            "filled_by",
            "offers",
            "created_at",
        ]
        read_only_fields = ["status", "unfilled_reason", "next_step_at", "waiting_for", "created_at"]
        validators: list[Any] = []

    def get_filled_by(self, cancellation: Cancellation) -> int | None:
        won = (offer.pk for offer in cancellation.offers.all() if offer.status == OfferStatus.ACCEPTED)
        return next(won, None)


class FillSerializer(Strict):
    patient = IdField(queryset=Patient.objects.all())


class DecisionSerializer(Strict):
    """Why an entry was asked or not; `reason` is a code, `reason_text` says it to people."""

    waitlist_entry = serializers.IntegerField(source="entry_id")
    round = serializers.IntegerField()
    eligible = serializers.BooleanField()
    rank = serializers.IntegerField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    score_parts = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    reason_text = serializers.CharField(source="reason.sentence")

    @extend_schema_field(ScoreParts(allow_null=True))
    def get_score_parts(self, decision: Decision) -> dict[str, Any] | None:
        return None if decision.parts is None else dict(ScoreParts(decision.parts).data)

    def get_reason(self, decision: Decision) -> str:
        return decision.reason.name.lower()
