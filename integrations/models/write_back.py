"""What an EHR has still to learn of our bookings, and what it said."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment
from integrations.models.source import Source
from integrations.writing_back.orders import What

WHATS = (
    (What.BOOK.value, _("Book it")),
    (What.MOVE.value, _("Move it")),
    (What.CANCEL.value, _("Cancel it")),
)


class WriteBackStatus(models.TextChoices):
    QUEUED = "queued", _("To be sent")
    SENDING = "sending", _("Being sent")
    UNKNOWN = "unknown", _("Nobody knows whether it was taken")
    DONE = "done", _("Done there")
    REFUSED = "refused", _("Refused there")
    BY_HAND = "by_hand", _("Waits for staff")
    NEEDLESS = "needless", _("No longer needed")


_S = WriteBackStatus
ARROWS: dict[str, frozenset[str]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.DONE, _S.BY_HAND, _S.NEEDLESS}),
    _S.SENDING: frozenset({_S.QUEUED, _S.UNKNOWN, _S.DONE, _S.REFUSED, _S.BY_HAND}),
    _S.UNKNOWN: frozenset({_S.SENDING, _S.DONE, _S.BY_HAND}),
    _S.BY_HAND: frozenset({_S.DONE, _S.REFUSED, _S.NEEDLESS}),
}
DUE = (_S.QUEUED, _S.UNKNOWN)
OPEN = (_S.QUEUED, _S.SENDING, _S.UNKNOWN, _S.BY_HAND)


class WriteBack(models.Model):
    """One thing that the EHR has to write down about a visit of ours.

    (appointment, what) is its logical key. `placer` is our number of the visit, the same where it is moved;
    `control_id` is this order's, the same each time it is sent; `key` is what the EHR calls the visit.
    While it is queued or unknown `next_attempt_at` is its clock. `reason` is a code: why nobody knows, or
    why a person is asked. `asks`: the lease is held to ask, not to send.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="write_backs")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="write_backs")
    what = models.CharField(max_length=6, choices=WHATS)
    placer = models.CharField(max_length=20)
    control_id = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, choices=WriteBackStatus, default=WriteBackStatus.QUEUED)
    reason = models.CharField(max_length=40, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    asks = models.BooleanField(default=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # Since when nobody knows.
    doubted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ("view", "change")
        verbose_name = "booking for the EHR"
        verbose_name_plural = "bookings for the EHR"
        constraints = [
            models.UniqueConstraint(fields=["appointment", "what"], name="write_back_once"),
            models.CheckConstraint(
                condition=Q(status__in=DUE, next_attempt_at__isnull=False)
                | (~Q(status__in=DUE) & Q(next_attempt_at=None)),
                name="write_back_due_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status=_S.SENDING, lease_token__isnull=False, leased_until__isnull=False)
                | (~Q(status=_S.SENDING) & Q(lease_token=None, leased_until=None)),
                name="write_back_sending_has_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status__in=DUE), name="write_back_due"),
            models.Index(fields=["leased_until"], condition=Q(status=_S.SENDING), name="write_back_leased"),
            models.Index(fields=["-id"], condition=Q(status=_S.BY_HAND), name="write_back_by_hand"),
        ]

    def __str__(self) -> str:
        return f"booking {self.pk} for the EHR"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(appointment__clinic__in=places)
