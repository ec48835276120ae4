"""What is booked, and the constraint that keeps a provider from being in two places."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _

from clinic.models.clinic import Clinic, Provider, VisitType
from clinic.models.hours import Resource
from clinic.models.patient import Patient
from clinic.states import ACTIVE, FREED, AppointmentStatus

# The database holds every visit to it, so that a search for overlaps knows where to begin.
LONGEST_VISIT = timedelta(hours=12)
Moment = datetime | OuterRef


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def active(self) -> AppointmentQuerySet:
        """Those that still take up somebody's time."""
        return self.filter(status__in=ACTIVE)

    def overlapping(self, starts_at: Moment, ends_at: Moment) -> AppointmentQuerySet:
        """Those that share at least an instant with [starts_at, ends_at).

        As no visit is longer than LONGEST_VISIT, an index need not begin with the oldest one.
        """
        since = starts_at - LONGEST_VISIT
        return self.filter(starts_at__gt=since, starts_at__lt=ends_at, ends_at__gt=starts_at)

    def replaced(self) -> AppointmentQuerySet:
        """Those whose provider has an active visit in their time."""
        active = Appointment.objects.active().filter(provider=OuterRef("provider")).exclude(pk=OuterRef("pk"))
        return self.filter(Exists(active.overlapping(OuterRef("starts_at"), OuterRef("ends_at"))))


class Appointment(models.Model):
    """A visit of one patient to one provider, from `starts_at` until just before `ends_at` (UTC)."""

    class Source(models.TextChoices):
        STAFF = "staff", _("Staff")
        OFFER = "offer", _("Offer")
        FEED = "feed", _("Schedule feed")
        IMPORT = "import", _("Imported")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="appointments")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=AppointmentStatus, default=AppointmentStatus.BOOKED)
    source = models.CharField(max_length=8, choices=Source, default=Source.STAFF)
    is_fact = models.BooleanField(
        default=False, help_text="Booked in the EHR: stored and flagged, never refused."
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    offer_slot = models.BooleanField(
        default=False, help_text="Cancelled or moved, and the time should be offered to the waitlist."
    )
    offer_from = models.DateTimeField(
        null=True, blank=True, help_text="Nobody is asked about the freed time before: it may be taken back."
    )
    ask_first = models.BooleanField(
        default=False, db_default=False, help_text="Staff decide whether the freed time is offered."
    )
    resources = models.ManyToManyField(Resource, blank=True, related_name="appointments")
    # The cancellation this booking fills. A plain number: the calendar knows nothing of offers.
    fills_slot = models.BigIntegerField(null=True, blank=True, editable=False)
    moved_from = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="moved_to"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="The patient said: I come.")
    created_at = models.DateTimeField()

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        permissions = [
            ("import_appointment", "Can put a file of visits into the calendar"),
            ("export_appointment", "Can take visits away as a file"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + LONGEST_VISIT), name="appointment_within_12_hours"
            ),
            models.UniqueConstraint(
                fields=["fills_slot"],
                condition=Q(status__in=[*ACTIVE]),
                name="appointment_one_active_per_slot",
            ),
            # int8range instead of "=": plain gist has no operator class for bigint without btree_gist.
            ExclusionConstraint(
                name="appointment_provider_no_overlap",
                expressions=[
                    (Func("provider_id", "provider_id", Value("[]"), function="INT8RANGE"), "&&"),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=[*ACTIVE], is_fact=False),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "starts_at"], name="appointment_of_patient"),
            models.Index(fields=["clinic", "starts_at"], name="appointment_of_clinic"),
            models.Index(fields=["starts_at"], condition=Q(status__in=[*ACTIVE]), name="appointment_active"),
            models.Index(
                fields=["provider", "starts_at"],
                condition=Q(status__in=[*ACTIVE]),
                name="appointment_active_of_provider",
            ),
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=[*FREED], offer_slot=True),
                name="appointment_freed",
            ),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    def is_replaced(self) -> bool:
        """Whether its provider has another active visit in its time."""
        return Appointment.objects.filter(pk=self.pk).replaced().exists()
