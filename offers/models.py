"""The orchestra's rows: a cancelled slot, the rounds of asking, and each question put to a patient."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from clinic.models import Appointment, Clinic, Patient, Provider, VisitType
from core.channels import Channel
from offers.approved_models import WhatsAppTemplate
from offers.shadow_models import ShadowOffer
from offers.staff_call_models import StaffCall
from offers.states import RUNNING, CancellationStatus, OfferStatus, UnfilledReason
from waitlist.models import WaitlistEntry

__all__ = [
    "Cancellation",
    "ClinicText",
    "Offer",
    "Round",
    "ShadowOffer",
    "StaffCall",
    "WhatsAppTemplate",
    "WrongNumber",
]


class Cancellation(models.Model):
    """A slot that came free. Its row is the one mutex of the slot: see offers.slots.

    `next_step_at` is the slot's only clock: open and offering rows always have one.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="cancellations")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="cancellations")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The appointment whose cancelling freed the slot, where it was in our calendar.",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    # As its clinic was when it was logged, for ever: triggers refuse a question or a text about one.
    is_shadow = models.BooleanField("in shadow", default=False, db_default=False, editable=False)
    status = models.CharField(max_length=9, choices=CancellationStatus, default=CancellationStatus.OPEN)
    unfilled_reason = models.CharField(
        max_length=12, choices=UnfilledReason, default=UnfilledReason.NONE, blank=True
    )
    next_step_at = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=120, blank=True, help_text="What the next step waits for.")
    grace_ends_at = models.DateTimeField()
    logged_by = models.CharField(max_length=150)
    paused_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="cancellation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[*RUNNING], next_step_at__isnull=False)
                | (~Q(status__in=[*RUNNING]) & Q(next_step_at__isnull=True)),
                name="cancellation_running_has_next_step",
            ),
            models.CheckConstraint(
                condition=Q(status=CancellationStatus.PAUSED) ^ Q(paused_by=""),
                name="cancellation_paused_has_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_shadow=False) | ~Q(status=CancellationStatus.OFFERING),
                name="cancellation_shadow_asks_nobody",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status__in=[*RUNNING, CancellationStatus.PAUSED]),
                name="cancellation_one_open_per_appointment",
            ),
            models.UniqueConstraint(
                fields=["provider", "starts_at"],
                condition=Q(status__in=[*RUNNING, CancellationStatus.PAUSED]),
                name="cancellation_one_open_per_slot",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_step_at"], condition=Q(status__in=[*RUNNING]), name="cancellation_due"
            ),
            models.Index(fields=["status", "starts_at"], name="cancellation_by_status"),
            models.Index(fields=["-changed_at"], name="cancellation_lately_changed"),
            models.Index(fields=["clinic", "created_at"], name="cancellation_by_day"),
        ]
        permissions = [("view_analytics", "Can view analytics")]

    def __str__(self) -> str:
        return f"cancellation {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))


class Round(models.Model):
    """One wave of asking, with the frozen decision about every entry that was considered.

    `places` is how many it was to ask: a whole batch, or as many as came free while others are being asked.

    The three arrays run side by side. Entries that might be asked come first, best first, so that an
    eligible entry's rank is its place; then the others. `parts` holds waitlist.scoring.pack of the score,
    0 where the entry was not scored. An array of 100,000 costs a tenth of as many rows.
    """

    cancellation = models.ForeignKey(Cancellation, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    places = models.PositiveSmallIntegerField()
    policy_version = models.CharField(max_length=20)
    eligible_count = models.PositiveIntegerField()
    entry_ids = ArrayField(models.BigIntegerField())
    reasons = ArrayField(models.SmallIntegerField())
    parts = ArrayField(models.IntegerField())
    # Kept beside the array, which would have to be unpacked to be counted.
    considered_count = models.GeneratedField(
        expression=Func("entry_ids", function="CARDINALITY"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cancellation", "number"], name="round_number_once"),
        ]

    def __str__(self) -> str:
        return f"round {self.number} of {self.cancellation_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(cancellation__clinic__in=places)


class Offer(models.Model):
    """One question put to one patient. `hold_expires_at` is null until it is handed over.

    `phone` is the number whose texts answer it, whatever channel it was put by; "" where the patient has
    none, and is asked by e-mail, whose link names its own question. `channel` is where the exchange goes on.
    """

    cancellation = models.ForeignKey(Cancellation, on_delete=models.CASCADE, related_name="offers")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="offers")
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="offers")
    phone = models.CharField(max_length=16, blank=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS, db_default=Channel.SMS)
    status = models.CharField(max_length=13, choices=OfferStatus, default=OfferStatus.PENDING)
    rank = models.PositiveIntegerField()
    score = models.SmallIntegerField()
    parts = models.IntegerField()
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    responded_at = models.DateTimeField(null=True, blank=True)
    clarified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cancellation", "entry"], name="offer_once_per_entry"),
            models.UniqueConstraint(
                fields=["cancellation"], condition=Q(status=OfferStatus.ACCEPTED), name="offer_one_winner"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status=OfferStatus.ACCEPTED), name="offer_one_win_per_entry"
            ),
            # One open question per phone: an answer is never ambiguous.
            models.UniqueConstraint(
                fields=["phone"],
                condition=Q(status=OfferStatus.PENDING) & ~Q(phone=""),
                name="offer_one_pending_per_phone",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(status=OfferStatus.PENDING, phone=""),
                name="offer_one_pending_without_phone",
            ),
            models.CheckConstraint(
                condition=~Q(phone="") | Q(channel=Channel.EMAIL), name="offer_without_phone_by_email"
            ),
        ]
        indexes = [
            models.Index(fields=["phone", "-id"], name="offer_of_phone"),
            models.Index(fields=["patient", "created_at"], name="offer_of_patient"),
            models.Index(fields=["created_at"], name="offer_lately_made"),
            # The sweep asks every 2 s which open questions have lost their entry: few, in any history.
            models.Index(
                fields=["id"],
                condition=Q(status__in=[OfferStatus.PENDING, OfferStatus.STANDBY]),
                name="offer_open",
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(cancellation__clinic__in=places)


class ClinicText(models.Model):
    """A clinic's own words for one text in one language, in use until `ended_at`.

    Words are never changed in place: what a text said when it was sent can be looked up by its version.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="texts")
    name = models.CharField(max_length=20)
    language = models.CharField(max_length=2, choices=Patient.Language)
    body = models.CharField(max_length=480)
    version = models.CharField(max_length=40)
    changed_by = models.CharField(max_length=150)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "text in a clinic's own words"
        verbose_name_plural = "texts in a clinic's own words"
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "name", "language"],
                condition=Q(ended_at=None),
                name="clinic_text_one_in_use",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("since")), name="clinic_text_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.language}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    @property
    def status(self) -> str:
        return "in_use" if self.ended_at is None else "ended"


class WrongNumber(models.Model):
    """A patient's number that belongs to somebody else, who said so. A lifted one stays as history."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="wrong_numbers")
    phone = models.CharField(max_length=64)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "phone"], condition=Q(lifted_at=None), name="wrong_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"wrong number {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(patient__in=Patient.objects.filter(Patient.within(places)))

    @property
    def status(self) -> str:
        return "stands" if self.lifted_at is None else "lifted"
