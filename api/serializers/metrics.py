"""The figures of analytics as machines read them: the names of offers.meanings, medians in minutes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from offers import figures, meanings
from offers.figures import Period

_WHOLE = (
    "logged",
    "withdrawn_in_grace",
    "withdrawn_later",
    "undecided",
    "counted",
    "in_time",
    "settled",
    "filled",
    "by_text",
    "by_phone",
    "to_call",
    "unfilled",
    "handed_over",
    "delivered",
    "not_delivered",
    "unreported",
    "taken",
    "for_a_person",
    "considered",
    "asked",
    "answered",
    "won",
    "thin",
    "rounds",
    "moved",
    "days_gained",
)
_ROUNDED = ("in_time_percent", "delivered_percent", "by_hand_percent", "offers_per_fill", "taken_per_fill")
_MINUTES = ("fill_median_minutes", "fill_ninth_minutes")


class Figures(serializers.Serializer[Any]):
    """What is counted of some slots; null where there is nothing to divide by or to take the median of."""

    depth = serializers.IntegerField(allow_null=True, help_text=meanings.MEANINGS["depth"])
    days_median = serializers.IntegerField(allow_null=True, help_text=meanings.MEANINGS["days_gained"])

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        numbers = {
            name: serializers.IntegerField(help_text=meanings.MEANINGS.get(name, "")) for name in _WHOLE
        }
        rounded = {name: serializers.FloatField(allow_null=True) for name in (*_ROUNDED, *_MINUTES)}
        return {**numbers, **rounded, **super().get_fields()}


class Lot(serializers.Serializer[Any]):
    """Some of the slots. `key` is an id, an hour from 0 to 23, or the first day of a day, week or month."""

    key = serializers.CharField()
    name = serializers.CharField()
    figures = Figures(source="counts")


class Aim(serializers.Serializer[Any]):
    figure = serializers.CharField(source="target.figure")
    percent = serializers.FloatField(source="share.percent", allow_null=True)
    part = serializers.IntegerField(source="share.part")
    of = serializers.IntegerField(source="share.of")
    target = serializers.IntegerField(source="target.percent")
    at_least = serializers.BooleanField(source="target.at_least")
    is_met = serializers.BooleanField(allow_null=True)


class Band(serializers.Serializer[Any]):
    over_minutes = serializers.IntegerField(source="over")
    up_to_minutes = serializers.IntegerField(source="up_to", allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class Step(serializers.Serializer[Any]):
    figure = serializers.CharField()
    times = serializers.IntegerField(help_text="A person once for each slot.")
    people = serializers.IntegerField(allow_null=True, help_text="A person once; null: too many to find out.")


class Replies(serializers.Serializer[Any]):
    answers = serializers.IntegerField()
    median_minutes = serializers.FloatField(allow_null=True)
    ninth_minutes = serializers.FloatField(allow_null=True)
    bands = Band(many=True)


class MetricsSummary(serializers.Serializer[Any]):
    """The figures of the slots logged on some days, by each clinic's own calendar."""

    step = serializers.ChoiceField(source="period.step", choices=["day", "week", "month"])
    figures = Figures(source="whole")
    targets = Aim(source="aims", many=True)
    fill_bands = Band(many=True)
    replies = Replies()
    funnel = Step(many=True)
    by_clinic = Lot(many=True)
    by_provider = Lot(many=True)
    by_hour = Lot(many=True)
    by_day = Lot(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # "from" is a word of Python's own.
        ends = {
            "from": serializers.DateField(source="period.since"),
            "to": serializers.DateField(source="period.until"),
        }
        return {**ends, **super().get_fields()}


class MetricsQuestion(serializers.Serializer[Any]):
    """Which days, clinic and provider; at most two years. Ids that nobody has give noughts."""

    clinic = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    provider = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = {
            "from": serializers.DateField(help_text="The first day, YYYY-MM-DD."),
            "to": serializers.DateField(help_text="The last day, included."),
        }
        return {**ends, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            asked = {"period": Period(attrs.pop("from"), attrs.pop("to"))}
        except figures.BadPeriod as bad:
            raise serializers.ValidationError({bad.field: [bad.message]}) from None
        return {**asked, **{f"{name}_id": pk for name, pk in attrs.items()}}
