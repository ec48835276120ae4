"""The simulated provider's own memory: phones, their network, the texts on them, and owed callbacks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.channels import Channel
from messaging.fates import LABELS, NEED_CODE, Fate

_NEED_CODE = sorted(fate.value for fate in NEED_CODE)
_LATE = Fate.LATE.value


class SimulatedPhone(models.Model):
    """A number, or an address, that was texted or called, or texts us. `blocked_at`: its owner sent STOP."""

    number = models.CharField(max_length=254, unique=True)
    last_text = models.ForeignKey(
        "messaging.SimulatedText", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    last_call = models.ForeignKey(
        "messaging.SimulatedCall", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # The id of the last text that was looked at on this phone.
    seen_text = models.BigIntegerField(default=0)
    blocked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"phone {self.pk}"


class SimulatedNetwork(models.Model):
    """What becomes of the next texts to a phone; the row without a number is for all that have none."""

    number = models.CharField(max_length=254, unique=True, blank=True)
    delay_seconds = models.PositiveSmallIntegerField(default=0)
    fate = models.CharField(
        max_length=11, choices=[(fate.value, LABELS[fate]) for fate in Fate], default=Fate.DELIVERED.value
    )
    error_code = models.CharField(max_length=12, blank=True)
    late_seconds = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(fate__in=_NEED_CODE) & ~Q(error_code=""))
                | (~Q(fate__in=_NEED_CODE) & Q(error_code="")),
                name="network_failure_has_code",
            ),
            models.CheckConstraint(
                condition=Q(fate=_LATE, late_seconds__gt=0) | (~Q(fate=_LATE) & Q(late_seconds=0)),
                name="network_late_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"network {self.pk}"


class SimulatedText(models.Model):
    """What the simulated provider took, or refused: the phones show these, reconciliation lists them."""

    sid = models.CharField(max_length=64, unique=True)
    phone = models.ForeignKey(
        SimulatedPhone, on_delete=models.CASCADE, null=True, related_name="texts", db_index=False
    )
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS, db_default=Channel.SMS)
    to = models.CharField(max_length=254)
    from_number = models.CharField(max_length=254)
    body = models.TextField()
    inbound = models.BooleanField(default=False)
    media = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The provider's own answer to a keyword: we never wrote it, and it is in none of our lists.
    by_provider = models.BooleanField(default=False, db_default=False)
    message_uuid = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    # When it shows up on the phone; null: never.
    arrives_at = models.DateTimeField(null=True)
    # Why the provider refused it at once.
    refused_code = models.CharField(max_length=12, blank=True, default="", db_default="")
    # When it is to be pushed to NTFY_URL.
    push_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refused_code="") | Q(arrives_at=None, inbound=False),
                name="simulated_refused_never_arrives",
            ),
        ]
        indexes = [
            models.Index(fields=["to", "-id"], name="simulated_of_phone"),
            models.Index(fields=["phone", "-id"], name="simulated_thread"),
            models.Index(fields=["push_at"], condition=~Q(push_at=None), name="simulated_to_push"),
        ]

    def __str__(self) -> str:
        return self.sid


class SimulatedCallback(models.Model):
    """A status callback that the simulated provider owes us; `due_at` null: it came, or never will."""

    text = models.ForeignKey(SimulatedText, on_delete=models.CASCADE, related_name="callbacks")
    word = models.CharField(max_length=20)
    error_code = models.CharField(max_length=12, blank=True)
    due_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(posted_at=None) | Q(due_at=None), name="callback_came_or_is_due"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=~Q(due_at=None), name="callback_due"),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk}"
