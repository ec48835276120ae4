"""Rows that know no clinic."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q


class AuditEvent(models.Model):
    """Who did what to which record, when, from where and why. The database refuses to change or delete it.

    `object_type` is a model's label in lower case. `data` holds ids and codes, never anything personal.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=150, help_text="A username, or “system”.")
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    # Where the record belongs (core.scoping); null: nowhere in particular, and shown to those who see all.
    place = models.BigIntegerField(null=True, blank=True, editable=False)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="auditevent_of_object"),
            models.Index(fields=["at"], name="auditevent_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(place__in=places)
