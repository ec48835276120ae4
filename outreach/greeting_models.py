"""Birthday greetings: who has switched them on, and what became of each birthday."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q, Value

from clinic.models import Clinic, Patient, Provider
from outreach.greeting_states import GreetingStatus, Why


class UntilTheNext(Func):
    """The days from one on until its next birthday at the earliest."""

    template = "DATERANGE(%(expressions)s, %(expressions)s + 365)"
    output_field = DateRangeField()


class GreetingSwitch(models.Model):
    """Somebody read what greeting in a provider's name does, and accepted it. It is on until `ended_at`.

    `accepted` says what was read: {"terms": …, "texts": [version, …]}. Rows are history and stay.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="greeting_switches")
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField()
    accepted = models.JSONField()
    # How many were due in the thirty days ahead, as it was shown.
    due_count = models.PositiveIntegerField()
    ended_by = models.CharField(max_length=150, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(ended_at=None), name="greeting_switch_one_on"
            ),
            models.CheckConstraint(
                condition=Q(ended_by="") ^ Q(ended_at__isnull=False), name="greeting_switch_ended_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"greetings of {self.provider}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(provider__in=Provider.objects.filter(Provider.within(places)))


class Greeting(models.Model):
    """What became of a patient's birthday in one year: stored before anything is sent, and only once.

    `birthday_on` is the day on the patient's own calendar. `handed_at`: its text is in the outbox since then.
    `is_repeat`: it went out within a year of the one before, when nothing forbade that yet.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="greetings")
    year = models.PositiveSmallIntegerField()
    birthday_on = models.DateField()
    # Those of the moment: a patient may get another doctor later.
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=8, blank=True, default="")
    status = models.CharField(max_length=9, choices=GreetingStatus)
    reason = models.CharField(max_length=20, choices=Why, default=Why.NONE, blank=True)
    error_code = models.CharField(max_length=12, blank=True, default="")
    is_repeat = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["patient", "year"], name="greeting_once_a_year"),
            # Nor twice around New Year, where the date of birth was corrected in between.
            ExclusionConstraint(
                name="greeting_a_year_apart",
                expressions=[
                    (Func("patient_id", "patient_id", Value("[]"), function="INT8RANGE"), "&&"),
                    (UntilTheNext("birthday_on"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status=GreetingStatus.SKIPPED) & Q(is_repeat=False),
            ),
            models.CheckConstraint(
                condition=Q(birthday_on__year=models.F("year")), name="greeting_in_its_year"
            ),
            models.CheckConstraint(
                condition=Q(status__in=GreetingStatus.values), name="greeting_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[GreetingStatus.FAILED, GreetingStatus.SKIPPED]) ^ Q(reason=""),
                name="greeting_unsent_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status=GreetingStatus.SKIPPED)
                | Q(handed_at__isnull=False, provider__isnull=False, clinic__isnull=False),
                name="greeting_has_sender",
            ),
            models.CheckConstraint(
                condition=Q(status=GreetingStatus.SENT) ^ Q(sent_at=None), name="greeting_sent_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-birthday_on", "-id"], name="greeting_history"),
            # Few: what has not come to an end yet, and what may turn out to have arrived.
            models.Index(
                fields=["changed_at"], condition=Q(status__in=["scheduled", "failed"]), name="greeting_open"
            ),
        ]

    def __str__(self) -> str:
        return f"greeting {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        """Those in the name of one of the clinics, and those of no clinic about a patient known there."""
        known = Patient.objects.filter(Patient.within(places), pk=OuterRef("patient"))
        return Q(clinic__in=places) | Q(Exists(known), clinic=None)
