"""What the simulated provider of calls keeps: the phones page shows it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SimulatedCall(models.Model):
    """A call on a simulated phone. `said` are the lines so far, as [who, words].

    `menu` is where the next key goes, and `rest` the TwiML that follows when none is pressed.
    """

    class Status(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ON = "in-progress", _("On the line")
        COMPLETED = "completed", _("Over")
        NO_ANSWER = "no-answer", _("Not picked up")
        BUSY = "busy", _("Busy")
        CANCELED = "canceled", _("Called off")

    sid = models.CharField(max_length=64, unique=True)
    to = models.CharField(max_length=64)
    from_number = models.CharField(max_length=64)
    message_uuid = models.UUIDField()
    status = models.CharField(max_length=11, choices=Status, default=Status.RINGING)
    said = models.JSONField(default=list)
    menu = models.CharField(max_length=300, blank=True)
    rest = models.TextField(blank=True)
    created_at = models.DateTimeField()
    rings_until = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["to", "-id"], name="simulated_call_of_phone"),
            models.Index(
                fields=["rings_until"], condition=models.Q(status="ringing"), name="simulated_ringing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sid} {self.status}"
