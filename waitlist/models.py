"""Who wants an earlier time, and when they can come."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models import Appointment, Clinic, Consent, Patient, Provider, VisitType
from core.channels import Channel
from waitlist.states import EntryStatus


class EntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def in_line(self) -> EntryQuerySet:
        """Those still on the list, paused ones included."""
        return self.filter(status__in=(EntryStatus.WAITING, EntryStatus.PAUSED))


class WaitlistEntry(models.Model):
    """One patient's wish for an earlier visit of one type at one clinic.

    `provider` null means any; then `provider_type` narrows it, and "" means any type.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waitlist_entries")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="waitlist_entries")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    provider_type = models.CharField(max_length=60, blank=True)
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="+")
    urgent = models.BooleanField(default=False)
    manual_boost = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(40)])
    boost_reason = models.CharField(max_length=200, blank=True)
    joined_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    current_appointment = models.ForeignKey(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    min_notice_minutes = models.PositiveIntegerField(default=60)
    status = models.CharField(max_length=8, choices=EntryStatus, default=EntryStatus.WAITING)
    # When something changed that may make the entry fit a slot that found nobody.
    changed_at = models.DateTimeField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        permissions = [
            ("import_waitlist", "Can put a file of patients on the waitlist"),
            ("export_waitlist", "Can take the waitlist away as a file"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "visit_type", "clinic"],
                condition=Q(status__in=[EntryStatus.WAITING, EntryStatus.PAUSED]),
                name="entry_one_waiting_per_patient_visit_clinic",
            ),
            models.CheckConstraint(condition=Q(manual_boost__lte=40), name="entry_boost_0_to_40"),
            models.CheckConstraint(
                condition=Q(manual_boost=0) | ~Q(boost_reason=""), name="entry_boost_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("joined_at")),
                name="entry_expires_after_joining",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "visit_type"],
                condition=Q(status__in=[EntryStatus.WAITING, EntryStatus.PAUSED]),
                name="entry_in_line",
            ),
            models.Index(
                fields=["clinic", "changed_at"], condition=Q(status="waiting"), name="entry_lately_changed"
            ),
        ]

    def __str__(self) -> str:
        return f"waitlist entry {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)


class Availability(models.Model):
    """A weekly window in the clinic's own time. An entry without any is always free."""

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.CASCADE, related_name="availability")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday, 6 is Sunday.")
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        verbose_name_plural = "availability"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="availability_weekday_0_to_6"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="availability_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start:%H:%M}–{self.end:%H:%M}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(entry__clinic__in=places)


class Invitation(models.Model):
    """A link by which one patient joins a clinic's list, or changes a wish there, without a login.

    `key` is what the link names, and nobody's name stands in it. Until the patient has joined `entry` is null
    and `visit_type` says for what. It holds as long as waitlist.inviting says: `consent` is the word of the
    ledger that allowed it, `address` where it was sent.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="invitations")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, null=True, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.CASCADE, null=True, related_name="invitations")
    # The ledger only grows, so that nothing has to hold its rows.
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    sent_by = models.CharField(max_length=150)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False) | Q(visit_type__isnull=False),
                name="invitation_is_to_something",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_after_sending"
            ),
        ]
        indexes = [models.Index(fields=["patient", "-id"], name="invitation_of_patient")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)
