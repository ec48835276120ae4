"""Another system that tells us of its calendar."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from datetime import time, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, VisitType
from clinic.models.clinic import validate_zone
from clinic.models.hours import WEEKDAYS


class SourceKind(models.TextChoices):
    HL7 = "hl7", _("HL7 v2")
    FHIR = "fhir", _("FHIR")
    DRCHRONO = "drchrono", _("drchrono")
    CSV = "csv", _("Files")


def monday_to_friday() -> list[int]:
    """The days on which a source is expected to speak, where nobody has chosen others."""
    return [0, 1, 2, 3, 4]


class Source(models.Model):
    """One feed. `clinics` are those whose visits it brings; with one alone its messages need not name it."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=SourceKind)
    active = models.BooleanField(default=True, help_text=_("Cleared: what it sends is refused."))
    clinics = models.ManyToManyField(Clinic, related_name="sources")
    visit_type = models.ForeignKey(
        VisitType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("What a visit is whose message names no kind. Empty: such a message waits for a person."),
    )
    timezone = models.CharField(
        max_length=64,
        validators=[validate_zone],
        help_text=_("On whose clocks its times are that name no zone."),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="source",
        help_text=_("Whose token speaks for this source."),
    )
    receiver = models.CharField(
        max_length=180,
        blank=True,
        help_text=_("HL7: how its messages name us in MSH-5, or MSH-5|MSH-6. Empty: as they like."),
    )
    placer_is_constant = models.BooleanField(
        default=False, help_text=_("HL7: SCH-1 is the same in every message and names no visit.")
    )
    settle_seconds = models.PositiveSmallIntegerField(
        default=90,
        validators=[MinValueValidator(60), MaxValueValidator(120)],
        help_text=_("After a cancellation nobody is texted for so long: it may be taken back."),
    )
    backlog_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Nobody is texted because of a message that is older than this."),
    )
    confirms_bookings = models.BooleanField(
        default=True,
        help_text=_("We confirm to patients what is booked there. Clear it where the other system does."),
    )
    silence_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(5)],
        help_text=_("So long without a message in its hours is an alarm. Empty: there is none."),
    )
    speaks_from = models.TimeField(default=time(8, 0))
    speaks_until = models.TimeField(default=time(17, 0))
    speaks_on = ArrayField(
        models.PositiveSmallIntegerField(choices=WEEKDAYS),
        default=monday_to_friday,
        blank=True,
        help_text=_("The days of its hours: 0 is Monday."),
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        permissions = [("send_hl7", "Can send HL7 messages: whoever speaks for an HL7 source can")]
        constraints = [
            models.CheckConstraint(
                condition=Q(settle_seconds__gte=60, settle_seconds__lte=120), name="source_settles_in_time"
            ),
            models.CheckConstraint(
                condition=Q(speaks_until__gt=F("speaks_from")), name="source_hours_end_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(pk__in=Source.clinics.through.objects.filter(clinic__in=places).values("source"))

    @property
    def status(self) -> str:
        return "active" if self.active else "off"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def settle(self) -> timedelta:
        return timedelta(seconds=self.settle_seconds)

    @property
    def backlog(self) -> timedelta:
        return timedelta(minutes=self.backlog_minutes)

    def clean(self) -> None:
        """Refuse hours that end before they begin."""
        if None not in (self.speaks_from, self.speaks_until) and self.speaks_until <= self.speaks_from:
            raise ValidationError({"speaks_until": _("The hours must end after they start.")})


def of_source(places: Collection[int]) -> Q:
    """The rows of sources that bring visits of one of the places."""
    return Q(source__in=Source.objects.filter(Source.within(places)))
