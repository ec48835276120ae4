"""Whom a slot in shadow would have asked. These are no questions: no phone, cap or text knows of them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from clinic.models import Patient
from waitlist.models import WaitlistEntry


class ShadowOffer(models.Model):
    """A question that would have been put at `created_at` and held until `hold_expires_at`."""

    cancellation = models.ForeignKey(
        "offers.Cancellation", on_delete=models.CASCADE, related_name="shadow_offers"
    )
    round = models.ForeignKey("offers.Round", on_delete=models.CASCADE, related_name="shadow_offers")
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    phone = models.CharField(max_length=16, blank=True)
    rank = models.PositiveIntegerField()
    score = models.SmallIntegerField()
    hold_expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "question in shadow"
        verbose_name_plural = "questions in shadow"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["cancellation", "entry"], name="shadow_offer_once_per_entry")
        ]
        indexes = [models.Index(fields=["created_at"], name="shadow_offer_lately_made")]

    def __str__(self) -> str:
        return f"question in shadow {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(cancellation__clinic__in=places)
