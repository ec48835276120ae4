"""What a source sent, as it came."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.models.source import Source, of_source


class MessageStatus(models.TextChoices):
    RECEIVED = "received", _("To be handled")
    HANDLED = "handled", _("Handled")
    PARKED = "parked", _("Waits for a person")
    DISMISSED = "dismissed", _("Put aside")


ARROWS: dict[str, frozenset[str]] = {
    MessageStatus.RECEIVED: frozenset({MessageStatus.HANDLED, MessageStatus.PARKED}),
    MessageStatus.PARKED: frozenset({MessageStatus.RECEIVED, MessageStatus.DISMISSED}),
}


class FeedMessage(models.Model):
    """One message. `body` is sealed (integrations.sealing) and emptied after thirty days (`emptied_at`).

    `replayed_at`: staff had it handled once more; what it says texts nobody. While it is still to be handled
    `next_attempt_at` is its clock.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=40, help_text="Which reader reads it.")
    control_id = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body as it came.")
    body = models.BinaryField()
    status = models.CharField(max_length=9, choices=MessageStatus, default=MessageStatus.RECEIVED)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True)
    emptied_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ("view",)
        permissions = [("view_raw_message", "Can read what a source sent, as it came")]
        constraints = [
            models.UniqueConstraint(fields=["source", "control_id", "digest"], name="feed_message_once"),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.RECEIVED, next_attempt_at__isnull=False)
                | (~Q(status=MessageStatus.RECEIVED) & Q(next_attempt_at=None)),
                name="feed_message_to_handle_has_due_time",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at=None) | Q(body=b""), name="feed_message_emptied_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-received_at"], name="feed_message_last"),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status=MessageStatus.RECEIVED),
                name="feed_message_due",
            ),
            models.Index(fields=["received_at"], condition=Q(emptied_at=None), name="feed_message_to_empty"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)
