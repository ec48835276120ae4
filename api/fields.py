"""Fields that are stricter than DRF's: times need an offset, ids are integers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from core import scoping

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


def as_instant(value: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a time without an offset or out of all reason."""
    if value.tzinfo is None:
        raise ValueError("Give the time with its offset, for example 2026-03-02T09:30:00-06:00.")
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"Give a year from {EARLIEST_YEAR} to {LATEST_YEAR}.")
    return value.astimezone(UTC)


class InstantField(serializers.DateTimeField):
    """An ISO 8601 time with its offset; answered in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)

    def enforce_timezone(self, value: datetime) -> datetime:
        try:
            return as_instant(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="invalid") from None


class IdField(serializers.PrimaryKeyRelatedField[Model]):
    """Another record by its integer id; 1.5 and true are not ids."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pk_field", serializers.IntegerField())
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        """What the caller may see; another's record is as unknown as none."""
        rows = super().get_queryset()
        return rows if rows is None else scoping.limit(rows, self.context["request"].user)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool):
            self.fail("incorrect_type", data_type="bool")
        return super().to_internal_value(data)


class MinutesField(serializers.DecimalField):
    """Minutes, decimals allowed; a JSON number, not a string."""

    def to_representation(self, value: Any) -> Any:
        return None if value is None else float(value)


class ClockField(serializers.TimeField):
    """A time of day in the clinic's own zone, as HH:MM."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)
