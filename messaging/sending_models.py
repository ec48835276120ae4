"""What decides whether texts leave at all: senders, pauses, unusable numbers, and the alarms about them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.channels import Channel


class SenderStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")


class Sender(models.Model):
    """What messages leave by, such as a number; made when its rate or its breaker is first needed.

    `status` is its circuit breaker. `free_at` is its token bucket, which all workers share: the moment at
    which the bucket is full again (messaging.holding).
    """

    name = models.CharField(
        max_length=254, unique=True, help_text="+15551234567, MG and 32 digits, or an e-mail address."
    )
    status = models.CharField(max_length=8, choices=SenderStatus, default=SenderStatus.RUNNING)
    code = models.CharField(max_length=12, blank=True, help_text="The provider's code that stopped it.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    free_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=SenderStatus.STOPPED, stopped_at__isnull=False)
                | Q(status=SenderStatus.RUNNING, stopped_at__isnull=True),
                name="sender_stopped_since",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Pause(models.Model):
    """Texts of one clinic, or of all where `clinic_id` is null, stay in the queue until `ended_at`."""

    clinic_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic_id"], condition=Q(ended_at=None), nulls_distinct=False, name="pause_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"pause {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic_id__in=places) | Q(clinic_id=None)

    @property
    def status(self) -> str:
        return "on" if self.ended_at is None else "over"


class UnusableNumber(models.Model):
    """A number or an e-mail address that a channel cannot reach.

    An answer from there by that channel proves otherwise, and so may staff (`lifted_at`).
    """

    phone = models.CharField(max_length=254, verbose_name="phone or e-mail")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS, db_default=Channel.SMS)
    code = models.CharField(max_length=12)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["phone", "channel"],
                condition=Q(lifted_at=None),
                name="unusable_number_one_per_phone",
            )
        ]

    def __str__(self) -> str:
        return f"unusable number {self.pk}"

    @property
    def status(self) -> str:
        return "unusable" if self.lifted_at is None else "lifted"


class AlarmKind(models.TextChoices):
    SENDER_STOPPED = "sender_stopped", _("Texts are stopped: the provider refuses their sender")
    FEED_SILENT = "feed_silent", _("A schedule feed is silent: cancellations may be missed")


class Alarm(models.Model):
    """Something that staff must know at once. `push_at` is when it is next told to NTFY_URL; null: it was."""

    kind = models.CharField(max_length=20, choices=AlarmKind)
    subject = models.CharField(max_length=254, blank=True, help_text="What it is about, never a person.")
    code = models.CharField(max_length=12, blank=True)
    raised_at = models.DateTimeField()
    push_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(cleared_at=None), name="alarm_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["push_at"], condition=Q(push_at__isnull=False), name="alarm_to_push"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Oddity(models.Model):
    """A status or an error code of the provider's that we do not know, and how often it came."""

    class What(models.TextChoices):
        STATUS = "status", _("Status")
        CODE = "code", _("Error code")

    what = models.CharField(max_length=6, choices=What)
    word = models.CharField(max_length=40)
    times = models.PositiveIntegerField(default=0)
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "word"], name="oddity_once")]
        verbose_name_plural = "oddities"

    def __str__(self) -> str:
        return f"{self.what} {self.word}"
