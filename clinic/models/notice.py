"""What a provider is told in the program: a visit was booked, moved or cancelled."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models.appointment import Appointment
from clinic.models.clinic import Provider


class NoticeQuerySet(models.QuerySet["Notice"]):
    def to(self, user_id: int | None) -> NoticeQuerySet:
        """Those of the provider whose account this is."""
        return self.filter(provider__user=user_id)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)


class Notice(models.Model):
    """One thing that happened to one visit, for its provider. Kept for one without an account as well.

    Patient, time and visit type are the visit's: a title names nobody, since it may stand on a locked screen.
    """

    class About(models.TextChoices):
        BOOKED = "booked", _("Visit booked")
        MOVED = "moved", _("Visit moved")
        CANCELLED = "cancelled", _("Visit cancelled")

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="notices")
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="notices")
    about = models.CharField(max_length=9, choices=About)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            # A visit is booked once, and over once.
            models.UniqueConstraint(fields=["appointment", "about"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(about__in=["booked", "moved", "cancelled"]), name="notice_about_known"
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "-id"], name="notice_of_provider"),
            models.Index(fields=["provider"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(appointment__clinic__in=places)
