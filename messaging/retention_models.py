"""What is still to be emptied at the provider, one row a text."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RedactionResult(models.TextChoices):
    NONE = "", _("Still to do")
    REDACTED = "redacted", _("Emptied at the provider")
    GONE = "gone", _("The provider has no such text")


class Redaction(models.Model):
    """A text whose words are gone here and are to go at the provider; `due_at` null means: done."""

    message = models.OneToOneField("messaging.Message", on_delete=models.CASCADE, related_name="redaction")
    result = models.CharField(max_length=8, choices=RedactionResult, default=RedactionResult.NONE, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result=RedactionResult.NONE, due_at__isnull=False, done_at=None)
                | (~Q(result=RedactionResult.NONE) & Q(due_at=None, done_at__isnull=False)),
                name="redaction_open_has_due_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(result=RedactionResult.NONE), name="redaction_due"),
        ]

    def __str__(self) -> str:
        return f"redaction {self.pk}"
