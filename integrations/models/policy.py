"""What becomes of a time that another system frees."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, VisitType


class Freed(models.TextChoices):
    AUTOMATIC = "automatic", _("Offer it by itself")
    ASK = "ask", _("Ask staff first")
    NEVER = "never", _("Never offer it")


class FeedPolicy(models.Model):
    """A clinic's rule for freed times: for one kind of visit, or, without one, for all that have none."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="feed_policies")
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    freed = models.CharField(max_length=9, choices=Freed)

    class Meta:
        verbose_name = "rule for freed times"
        verbose_name_plural = "rules for freed times"
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "visit_type"], nulls_distinct=False, name="feed_policy_once"
            ),
            models.CheckConstraint(condition=Q(freed__in=Freed.values), name="feed_policy_known"),
        ]

    def __str__(self) -> str:
        return f"rule {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)
