"""What all serializers share: nothing that is sent is silently ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from rest_framework import serializers

from api.fields import IdField, InstantField


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know and fields that may only be read."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refused = self._refused(data)
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        refused = {}
        for name in data:
            if name not in self.fields:
                refused[name] = ["Unknown field."]
            elif self.fields[name].read_only:
                refused[name] = ["This field is read only."]
        return refused


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }
    serializer_related_field = IdField


class Nothing(Strict):
    """The body of an action that needs none."""


class ScoreParts(Strict):
    """The parts a score is the sum of."""

    urgent = serializers.IntegerField()
    boost = serializers.IntegerField()
    proximity = serializers.IntegerField()
    seniority = serializers.IntegerField()
