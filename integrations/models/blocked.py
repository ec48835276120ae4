"""Which blocked time of ours answers to what the other system names."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from clinic.models import BlockedTime
from integrations.models.source import Source, of_source


class FeedBlock(models.Model):
    """A block of the other system, as it last said; without a `time` it stands for nothing here any more."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    time = models.ForeignKey(BlockedTime, on_delete=models.SET_NULL, null=True, related_name="+")
    is_blocked = models.BooleanField()
    said_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="feed_block_once")]

    def __str__(self) -> str:
        return f"block {self.pk} of a source"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)
