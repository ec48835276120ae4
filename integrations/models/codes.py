"""Which of our records the words of another system stand for."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Provider, VisitType
from integrations.facts import Standing
from integrations.models.source import Source, of_source

STANDINGS = (
    (Standing.BOOKED.value, _("Booked")),
    (Standing.ARRIVED.value, _("Arrived")),
    (Standing.COMPLETED.value, _("Completed")),
    (Standing.NO_SHOW.value, _("No show")),
    (Standing.CANCELLED.value, _("Cancelled")),
)


class CodeKind(models.TextChoices):
    PROVIDER = "provider", _("Provider")
    CLINIC = "clinic", _("Clinic")
    VISIT_TYPE = "visit_type", _("Visit type")
    STATUS = "status", _("Status")


class FeedCode(models.Model):
    """One word of a source and what it means here: one of our records, or nothing that concerns us."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="codes")
    kind = models.CharField(max_length=10, choices=CodeKind)
    value = models.CharField(max_length=200)
    system = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=200, blank=True)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    standing = models.CharField(max_length=9, choices=STANDINGS, blank=True)
    ignored = models.BooleanField(
        default=False, help_text=_("Not ours: visits with it are left out of our calendar.")
    )

    class Meta:
        verbose_name = "code of a source"
        verbose_name_plural = "codes of sources"
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "system", "value"], name="feed_code_once"),
            models.CheckConstraint(
                condition=Q(ignored=True, provider=None, clinic=None, visit_type=None, standing="")
                | Q(kind=CodeKind.PROVIDER, provider__isnull=False, clinic=None, visit_type=None, standing="")
                | Q(kind=CodeKind.CLINIC, clinic__isnull=False, provider=None, visit_type=None, standing="")
                | Q(
                    kind=CodeKind.VISIT_TYPE,
                    visit_type__isnull=False,
                    provider=None,
                    clinic=None,
                    standing="",
                )
                | (Q(kind=CodeKind.STATUS, provider=None, clinic=None, visit_type=None) & ~Q(standing="")),
                name="feed_code_means_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(kind=CodeKind.STATUS, ignored=True), name="feed_code_status_is_not_ignored"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)
