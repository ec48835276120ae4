"""Clocks in the reader's language: the same words as the templates' `date`, without a lookup for each row."""

from __future__ import annotations

from datetime import datetime

from django.utils import formats


def day_and_time(local: datetime) -> str:
    """As in "Sat 21 Nov, 09:30"."""
    return formats.date_format(local, "D j M, H:i")


def weekday_and_seconds(local: datetime) -> str:
    """As in "Sat 09:30:00"."""
    return formats.date_format(local, "D H:i:s")


def second_with_zone(local: datetime) -> str:
    """As in "09:30:00 CST"."""
    return formats.date_format(local, "H:i:s T")
