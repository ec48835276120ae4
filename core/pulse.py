"""The last sign of life of those who work in the background. Which room hears it says settings.PULSE."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string


class Pulse(NamedTuple):
    """When beat last had a worker do anything, None: never; and whether that is longer ago than it may be."""

    at: datetime | None
    is_late: bool


def felt(*, now: datetime) -> Pulse:
    """The pulse as it is at `now`."""
    pulse: Pulse = import_string(settings.PULSE)(now=now)
    return pulse
