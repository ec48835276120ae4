"""A practice at drchrono that is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.utils import timezone

from integrations import handling
from integrations.drchrono import syncing
from integrations.models import DrchronoCursor, FeedMessage, Source
from tests.integrations.drchrono_api import DrchronoApi


@dataclass(kw_only=True)
class World:
    api: DrchronoApi
    source: Source
    clock: time_machine.Traveller

    def sync(self, **later: float) -> int:
        """Time passes, and what is due is read and handled."""
        self.clock.shift(timedelta(**later))
        pages = syncing.sync_due(clock=timezone.now)
        handling.sweep(clock=timezone.now)
        return pages

    def cursor(self, listing: str = "appointments") -> DrchronoCursor:
        return DrchronoCursor.objects.get(source=self.source, listing=listing)

    def read(self) -> list[str]:
        """Whose records have been stored."""
        rows = FeedMessage.objects.filter(kind__startswith="drchrono.appointment")
        return sorted(name.split(":")[1] for name in rows.values_list("control_id", flat=True))
