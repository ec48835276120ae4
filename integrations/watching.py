"""A source that is silent in its hours is an alarm; its next message ends it."""

from __future__ import annotations

from datetime import datetime

from core import audit
from integrations import health
from integrations.models import Source
from messaging import alarms
from messaging.models import AlarmKind


def watch(*, now: datetime) -> int:
    """Raise and clear the alarms; how many sources are silent."""
    found = health.look(sources=Source.objects.all(), now=now)
    for one in found:
        kind, name = AlarmKind.FEED_SILENT, one.source.name
        if one.is_silent:
            alarms.sound(kind=kind, subject=name, code="", now=now)
        elif one.source.silence_minutes is None or _has_spoken(one):
            alarms.clear(kind=kind, subject=name, by=audit.SYSTEM, now=now)
    return sum(one.is_silent for one in found)


def _has_spoken(one: health.Health) -> bool:
    """The end of its hours ends no silence."""
    open_ones = alarms.sounding().filter(kind=AlarmKind.FEED_SILENT, subject=one.source.name)
    alarm = open_ones.first()
    return alarm is not None and one.last_at is not None and one.last_at > alarm.raised_at
