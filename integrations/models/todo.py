"""What the feeds leave to staff: two visits in one time, a booking that the other system has to learn of."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment, Clinic


class TodoKind(models.TextChoices):
    CONFLICT = "conflict", _("Booked in the other system where we had booked somebody")
    BLOCKED = "blocked", _("The provider's time was blocked, and somebody is booked in it")
    LOST = "lost", _("Refused there, and the later visit is given away: call the patient")


class Todo(models.Model):
    """One thing for a person to settle about `appointment`; `other` is the visit that it collides with."""

    kind = models.CharField(max_length=8, choices=TodoKind)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="todos")
    other = models.ForeignKey(Appointment, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "appointment", "other"],
                condition=Q(done_at=None),
                nulls_distinct=False,
                name="todo_once",
            ),
        ]
        indexes = [models.Index(fields=["clinic"], condition=Q(done_at=None), name="todo_open")]

    def __str__(self) -> str:
        return f"to do {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    @property
    def status(self) -> str:
        return "open" if self.done_at is None else "done"
