"""What of a message waits for a person, and what came of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Patient
from integrations.facts import Why
from integrations.models.codes import CodeKind
from integrations.models.links import PersonLink, VisitLink
from integrations.models.message import FeedMessage
from integrations.models.source import Source

WHY = (
    (Why.UNREADABLE.value, _("It cannot be read")),
    (Why.NO_KEY.value, _("Nothing names the visit")),
    (Why.NO_TIME.value, _("It names no time")),
    (Why.BAD_TIME.value, _("The time is impossible")),
    (Why.NO_SUCH_LOCAL_TIME.value, _("There is no such time on that day: the clocks change")),
    (Why.NO_PATIENT.value, _("It does not say who the patient is")),
    (Why.UNKNOWN_STATUS.value, _("Its word for the status is not known here")),
    (Why.UNKNOWN_CODE.value, _("Its code is not known here")),
    (Why.UNKNOWN_PATIENT.value, _("The patient is not known here")),
    (Why.CONTRADICTION.value, _("It contradicts itself")),
    (Why.WRONG_RECEIVER.value, _("It is meant for another receiver")),
    (Why.UNSUPPORTED.value, _("Nothing here acts on such a message")),
    (Why.SAME_PERSON.value, _("Somebody on the books may be this patient")),
    (Why.FAILED.value, _("Our program failed on it")),
)


class Resolution(models.TextChoices):
    OPEN = "", _("Waits")
    REPLAYED = "replayed", _("Handled again")
    DISMISSED = "dismissed", _("Put aside")


class Parked(models.Model):
    """One thing in one message that nobody could act on. `place` says where in it; no value of a patient.

    `code` is the unknown one, which staff may map: codes are the other system's words and not private.
    `candidate` is who on the books may be the `person` of the other system; `visit` did not stand yet.
    """

    message = models.ForeignKey(FeedMessage, on_delete=models.CASCADE, related_name="parked")
    why = models.CharField(max_length=20, choices=WHY)
    place = models.CharField(max_length=80, blank=True)
    code_kind = models.CharField(max_length=10, choices=CodeKind, blank=True)
    code = models.CharField(max_length=200, blank=True)
    code_system = models.CharField(max_length=200, blank=True)
    code_text = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(PersonLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    visit = models.ForeignKey(VisitLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    candidate = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    parked_at = models.DateTimeField()
    resolution = models.CharField(max_length=9, choices=Resolution, default=Resolution.OPEN, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "parked item"
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolution=Resolution.OPEN, resolved_at=None)
                | (~Q(resolution=Resolution.OPEN) & Q(resolved_at__isnull=False)),
                name="parked_resolved_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(resolution=""), name="parked_open"),
        ]

    def __str__(self) -> str:
        return f"parked item {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(message__source__in=Source.objects.filter(Source.within(places)))

    @property
    def status(self) -> str:
        return self.resolution or "open"
