"""The places and people of the calendar: clinics, providers and the kinds of visit."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from datetime import time, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import zones
from core.phone import validate_e164


def validate_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone this machine knows."""
    if name not in zones.known():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Use a name like America/Chicago.") % {"name": name}
        )


def _weight(default: int) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(default=default, validators=[MaxValueValidator(100)])


def _span(default: int) -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(
        default=default, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )


def a_day_and_two_hours() -> list[int]:
    """When reminders go out where a clinic has not chosen otherwise, in minutes before the visit."""
    return [24 * 60, 2 * 60]


def _reminder_minutes() -> ArrayField[list[int], list[int]]:
    bounds = [MinValueValidator(5), MaxValueValidator(14 * 24 * 60)]
    return ArrayField(
        models.PositiveIntegerField(validators=bounds),
        default=a_day_and_two_hours,
        blank=True,
        size=5,
        help_text=_("Reminders go out so many minutes before a visit, with a comma between. Empty: none do."),
    )


class Clinic(models.Model):
    """A place patients visit. A null rule means "as the installation's settings say"."""

    name = models.CharField(max_length=120, unique=True)
    sms_name = models.CharField(
        max_length=20, help_text=_("How texts name the clinic. No specialty: a text is not private.")
    )
    code = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{2,8}$", "Two to eight capital letters.")],
        help_text=_(
            "Stands in the numbers of patients' files here, like LAKE. Empty: C and the clinic's id."
        ),
    )
    phone = models.CharField(max_length=16, blank=True, validators=[validate_e164])
    timezone = models.CharField(max_length=64, default="America/Chicago", validators=[validate_zone])
    contact_hours_start = models.TimeField(null=True, blank=True)
    contact_hours_end = models.TimeField(null=True, blank=True)
    batch_size = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    hold_minutes = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    grace_seconds = models.PositiveIntegerField(null=True, blank=True)
    lead_minutes = models.PositiveIntegerField(
        default=60, help_text=_("Nobody is asked later than this many minutes before a visit starts.")
    )
    offers_per_day = models.PositiveSmallIntegerField(default=3)
    offers_per_week = models.PositiveSmallIntegerField(default=7)
    cool_down_minutes = models.PositiveIntegerField(
        default=60, help_text=_("After a NO or an unanswered offer, how long a patient is left alone.")
    )
    reminder_minutes = _reminder_minutes()
    greeting_late_days = models.PositiveSmallIntegerField(
        default=2,
        db_default=2,
        validators=[MaxValueValidator(14)],
        help_text=_("A birthday greeting that could not go on its day goes so many days late at most."),
    )
    no_show_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        default=24 * 60,
        db_default=24 * 60,
        validators=[MinValueValidator(15), MaxValueValidator(14 * 24 * 60)],
        help_text=_(
            "So many minutes after its end a visit that nobody saw arrive is a no-show. Empty: never."
        ),
    )
    travel_minutes = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MaxValueValidator(480)],
        help_text=_("What a provider needs between a visit at another clinic and one here."),
    )
    weight_urgent = _weight(30)
    weight_proximity = _weight(20)
    weight_no_appointment = _weight(10)
    weight_seniority = _weight(10)
    proximity_step_days = _span(3)
    seniority_step_days = _span(9)
    favour_furthest = models.BooleanField(
        default=False, help_text=_("Favour those whose current appointment is furthest away.")
    )
    is_shadow = models.BooleanField(
        "in shadow",
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Everything is decided and nobody is texted."),
    )

    class Meta:
        permissions = [("view_every_clinic", "Can see what belongs to any clinic")]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_urgent__lte=100, weight_proximity__lte=100, weight_seniority__lte=100)
                & Q(weight_no_appointment__lte=100),
                name="clinic_weights_in_range",
            ),
            models.CheckConstraint(
                condition=Q(proximity_step_days__gte=1, seniority_step_days__gte=1),
                name="clinic_spans_positive",
            ),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="clinic_code_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(pk__in=places)

    def clean(self) -> None:
        """Refuse hours with one end or the wrong way round, a reminder named twice, another clinic's code."""
        if len(set(self.reminder_minutes)) != len(self.reminder_minutes):
            raise ValidationError({"reminder_minutes": _("Name each reminder once.")})
        # A code that was given up stands in the numbers of files for ever.
        theirs = Q(code=self.code) | Q(clinic_files__number__contains=f"-{self.code}-")
        if self.code and Clinic.objects.filter(theirs).exclude(pk=self.pk).exists():
            raise ValidationError({"code": _("Another clinic has this code.")})
        start, end = self.contact_hours_start, self.contact_hours_end
        if (start is None) != (end is None):
            raise ValidationError(
                {"contact_hours_end": _("Give both ends of the contact hours, or neither.")}
            )
        if start is not None and end is not None and start >= end:
            raise ValidationError({"contact_hours_end": _("Contact hours must end after they start.")})

    @property
    def clinic_id(self) -> int:
        """A clinic belongs to itself: what is written down of it is seen by whoever works there."""
        return self.pk

    @property
    def status(self) -> str:
        return "shadow" if self.is_shadow else "live"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """On whose clocks its times are shown: that of the settings where its own name is none (the doctor
        says so, and nobody is texted by it), so that no page with other clinics on it fails.
        """
        return zoneinfo.ZoneInfo(self.timezone if self.timezone in zones.known() else settings.TIME_ZONE)

    @property
    def contact_hours(self) -> tuple[time, time]:
        """Start and end of the hours in which this clinic texts, in the clinic's own zone."""
        if self.contact_hours_start is None or self.contact_hours_end is None:
            return settings.CONTACT_HOURS_START, settings.CONTACT_HOURS_END
        return self.contact_hours_start, self.contact_hours_end

    @property
    def hold(self) -> timedelta:
        minutes = settings.HOLD_MINUTES if self.hold_minutes is None else float(self.hold_minutes)
        return timedelta(minutes=minutes)

    @property
    def grace(self) -> timedelta:
        seconds = settings.GRACE_SECONDS if self.grace_seconds is None else self.grace_seconds
        return timedelta(seconds=seconds)

    @property
    def lead(self) -> timedelta:
        return timedelta(minutes=self.lead_minutes)

    @property
    def round_size(self) -> int:
        return settings.BATCH_SIZE if self.batch_size is None else self.batch_size


class Provider(models.Model):
    """Somebody a patient has an appointment with."""

    name = models.CharField(max_length=120)
    provider_type = models.CharField(
        max_length=60, help_text=_("For example: physician, dentist, hygienist.")
    )
    clinics = models.ManyToManyField(Clinic, related_name="providers")
    active = models.BooleanField(default=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="provider",
        help_text=_("The account that is told of this provider's visits."),
    )

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(pk__in=Provider.clinics.through.objects.filter(clinic__in=places).values("provider"))


class VisitType(models.Model):
    """A kind of visit and how long it takes."""

    name = models.CharField(max_length=80, unique=True)
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    min_interval_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(366)],
        help_text=_("How many days lie between two visits of this kind. 0: it does not matter."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(duration_minutes__gte=1), name="visit_type_duration_positive")
        ]

    def __str__(self) -> str:
        return self.name
