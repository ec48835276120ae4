"""How the schedule feeds are, as machines read it: counts and times, nothing of what was said."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import InstantField
from api.reads import Feed
from api.serializers.base import Strict
from integrations.models.source import SourceKind


class DriftSerializer(Strict):
    told_differently = serializers.IntegerField(help_text="Visits to come that the source has otherwise.")
    never_mentioned = serializers.IntegerField(
        help_text="Visits to come at its clinics that no source has ever spoken of."
    )


class FeedSerializer(Strict):
    """One source. Times are null where there is nothing: no message yet, no backlog, no silence."""

    id = serializers.IntegerField(source="health.source.pk")
    name = serializers.CharField(source="health.source.name")
    kind = serializers.ChoiceField(source="health.source.kind", choices=SourceKind.choices)
    active = serializers.BooleanField(source="health.source.active")
    clinics = serializers.SerializerMethodField()
    last_message_at = InstantField(source="health.last_at", allow_null=True)
    messages_last_hour = serializers.IntegerField(source="health.lately")
    silent_since = InstantField(
        source="health.silent_since",
        allow_null=True,
        help_text="In its hours it has said nothing since, for longer than it may.",
    )
    backlog = serializers.IntegerField(source="health.waiting", help_text="Messages still to be handled.")
    backlog_since = InstantField(source="health.waiting_since", allow_null=True)
    parked = serializers.IntegerField(source="health.parked", help_text="Items that wait for a person.")
    drift = DriftSerializer()

    def get_clinics(self, feed: Feed) -> list[int]:
        return [clinic.pk for clinic in feed.health.source.clinics.all()]
