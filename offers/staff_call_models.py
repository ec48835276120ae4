"""A colleague who is on the phone with a patient about a slot."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import F, Q

from clinic.models import Patient
from offers.states import CallOutcome


class StaffCall(models.Model):
    """Somebody of the staff calls a patient about a slot. It ends by itself at `ends_at`.

    It keeps colleagues and texts away from the patient, and nobody away from the slot: who has it is decided
    by the slot's lock, as for every answer.
    """

    cancellation = models.ForeignKey(
        "offers.Cancellation", on_delete=models.CASCADE, related_name="staff_calls"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=150)
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=CallOutcome, default=CallOutcome.GOING_ON, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = "call by staff"
        verbose_name_plural = "calls by staff"
        constraints = [
            models.UniqueConstraint(
                fields=["cancellation"], condition=Q(ended_at=None), name="staff_call_one_per_slot"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at=None), name="staff_call_one_per_patient"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome=CallOutcome.GOING_ON)
                | (Q(ended_at__isnull=False) & ~Q(outcome=CallOutcome.GOING_ON)),
                name="staff_call_ended_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begun_at")), name="staff_call_ends_after_begin"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(ended_at=None), name="staff_call_due"),
            models.Index(fields=["-changed_at"], name="staff_call_lately_changed"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(cancellation__clinic__in=places)

    @property
    def status(self) -> str:
        return self.outcome or "going_on"
