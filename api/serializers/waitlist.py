"""Waitlist entries, with their score as of now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import ClockField, InstantField
from api.serializers.base import ScoreParts, Strict, StrictModel
from clinic.states import ACTIVE
from waitlist import points, scoring
from waitlist.joining import Window, Wish
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

DEFAULT_BOOST_REASON = "set through the API"
IDS = ("patient", "clinic", "provider", "visit_type", "current_appointment")
CHANGEABLE = (EntryStatus.WAITING, EntryStatus.PAUSED, EntryStatus.REMOVED)


class WindowSerializer(Strict):
    """A weekly window in the clinic's own time; weekday 0 is Monday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    start = ClockField()
    end = ClockField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["start"] >= attrs["end"]:
            raise serializers.ValidationError({"end": ["A window must end after it starts."]})
        return attrs


class WaitlistEntrySerializer(StrictModel):
    """`available` empty is always; `provider` null is any; `provider_type` "" is any type."""

    joined_at = InstantField(required=False)
    available = WindowSerializer(many=True, required=False, source="availability")
    status = serializers.ChoiceField(choices=EntryStatus.choices, required=False)
    score = serializers.SerializerMethodField()
    score_parts = serializers.SerializerMethodField()

    class Meta:
        model = WaitlistEntry
        fields = [
            "id",
            "patient",
            "clinic",
            "provider",
            "provider_type",
            "visit_type",
            "urgent",
            "manual_boost",
            "boost_reason",
            "joined_at",
            "expires_at",
            "current_appointment",
            "available",
            "min_notice_minutes",
            "status",
            "score",
            "score_parts",
        ]
        validators: list[Any] = []

    def validate_status(self, value: str) -> str:
        if self.instance is None and value != EntryStatus.WAITING:
            raise serializers.ValidationError("A new entry is waiting.")
        if value not in CHANGEABLE:
            raise serializers.ValidationError("An entry can be set to waiting, paused or removed.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and "status" in attrs and len(attrs) > 1:
            raise serializers.ValidationError({"status": ["Change the status in a request of its own."]})
        return attrs

    def get_score(self, entry: WaitlistEntry) -> int:
        return self._parts(entry).total

    @extend_schema_field(ScoreParts)
    def get_score_parts(self, entry: WaitlistEntry) -> dict[str, Any]:
        return dict(ScoreParts(self._parts(entry)).data)

    def _parts(self, entry: WaitlistEntry) -> scoring.Parts:
        now: datetime = self.context["now"]
        zone, current = entry.clinic.zone, entry.current_appointment
        booked = current is not None and current.status in ACTIVE
        return scoring.score(
            urgent=entry.urgent,
            manual_boost=entry.manual_boost,
            current_on=current.starts_at.astimezone(zone).date() if current and booked else None,
            joined_at=entry.joined_at,
            now=now.astimezone(zone),
            weights=points.weights_of(entry.clinic),
        )


def wish(data: dict[str, Any]) -> Wish:
    """A new entry's validated data in the verb's words."""
    return Wish(**changes({name: value for name, value in data.items() if name != "status"}))


def changes(data: dict[str, Any]) -> dict[str, Any]:
    """Validated data in the verb's words: ids for records, a reason for every boost."""
    said = {f"{name}_id" if name in IDS else name: value for name, value in data.items()}
    for name in IDS:
        if name in data:
            said[f"{name}_id"] = None if data[name] is None else data[name].pk
    if "availability" in data:
        said["availability"] = [Window(**window) for window in data["availability"]]
    if data.get("manual_boost") and not data.get("boost_reason"):
        said["boost_reason"] = DEFAULT_BOOST_REASON
    return said
