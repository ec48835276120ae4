"""Scheduled words: when a patient is reminded of a visit, and what became of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from clinic.models import Appointment
from outreach.greeting_models import Greeting, GreetingSwitch
from outreach.states import Answer, Reason, ReminderStatus

__all__ = ["CancelQuestion", "Greeting", "GreetingSwitch", "Reminder"]

_REMAINS_UNSENT = (ReminderStatus.CANCELLED, ReminderStatus.FAILED, ReminderStatus.SKIPPED)


class Reminder(models.Model):
    """One reminder of one visit. `due_at` (UTC) is its only clock.

    `handed_at`: its text is in the outbox since then, and the outbox decides when it leaves.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="reminders")
    minutes_before = models.PositiveIntegerField()
    channel = models.CharField(max_length=8, default="sms", db_default="sms")
    due_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=ReminderStatus, default=ReminderStatus.SCHEDULED)
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.NONE, blank=True)
    error_code = models.CharField(max_length=12, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "minutes_before"], name="reminder_once"),
            models.CheckConstraint(condition=Q(minutes_before__gt=0), name="reminder_is_before_the_visit"),
            models.CheckConstraint(
                condition=Q(status__in=ReminderStatus.values), name="reminder_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=_REMAINS_UNSENT) ^ Q(reason=""), name="reminder_unsent_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status=ReminderStatus.SENT) | Q(handed_at__isnull=False, sent_at__isnull=False),
                name="reminder_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(status=ReminderStatus.SCHEDULED, handed_at=None),
                name="reminder_due",
            ),
            # Few: the outbox settles most within a minute.
            models.Index(
                fields=["id"],
                condition=Q(status=ReminderStatus.SCHEDULED, handed_at__isnull=False),
                name="reminder_to_settle",
            ),
            models.Index(
                fields=["-id"], condition=Q(status__in=["failed", "skipped"]), name="reminder_not_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(appointment__clinic__in=places)


class CancelQuestion(models.Model):
    """ "Reply 1 to cancel your visit, 2 to keep it", asked of somebody who said that they cannot come."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="cancel_questions")
    phone = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=9, choices=Answer, default=Answer.OPEN, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # A 1 is never ambiguous.
            models.UniqueConstraint(
                fields=["phone"], condition=Q(answer=Answer.OPEN), name="cancel_question_one_open_per_phone"
            ),
            models.CheckConstraint(
                condition=Q(answer=Answer.OPEN) ^ Q(answered_at__isnull=False),
                name="cancel_question_answered_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"question about {self.appointment_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(appointment__clinic__in=places)
