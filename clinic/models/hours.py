"""When and where visits can be: a provider's hours, a clinic's closed days, rooms and equipment."""

from __future__ import annotations

import calendar
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.models.clinic import Clinic, Provider

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)


class ProviderHours(models.Model):
    """A weekly window in which a provider sees patients at a clinic, on the clinic's own clock.

    A provider without any at a clinic is there at all hours, as far as the program knows.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="hours")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        verbose_name_plural = "provider hours"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday_0_to_6"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="hours_end_after_start"),
        ]

    def __str__(self) -> str:
        # Not in the language of whoever saves it: the admin's log keeps these words.
        return f"{calendar.day_name[self.weekday]} {self.start:%H:%M}–{self.end:%H:%M}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    def clean(self) -> None:
        """Refuse a window that ends before it starts."""
        if None not in (self.start, self.end) and self.end <= self.start:
            raise ValidationError({"end": _("The hours must end after they start.")})


class Closure(models.Model):
    """Days, by the clinic's own calendar, on which nobody is seen there; the last one is one of them."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="closures")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="closure_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m-%d}–{self.last_on:%Y-%m-%d}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    def clean(self) -> None:
        """Refuse days that end before they begin."""
        if None not in (self.first_on, self.last_on) and self.last_on < self.first_on:
            raise ValidationError({"last_on": _("The last day comes before the first.")})


class Resource(models.Model):
    """A room, a seat or a piece of equipment that one visit at a time can have."""

    class Kind(models.TextChoices):
        ROOM = "room", _("Room")
        SEAT = "seat", _("Seat")
        EQUIPMENT = "equipment", _("Equipment")

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="resources")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=Kind)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="resource_named_once")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)

    def clean(self) -> None:
        """Refuse a second thing of one name at one clinic."""
        twins = Resource.objects.filter(clinic=self.clinic_id, name=self.name).exclude(pk=self.pk)
        if twins.exists():
            raise ValidationError({"name": _("There is one of that name at this clinic.")})


class BlockedTime(models.Model):
    """When a provider is not to be had at a clinic, or, without one, anywhere: visits in it collide."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="blocked_times")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="blocked_ends_after_start")
        ]
        indexes = [models.Index(fields=["provider", "ends_at"], name="blocked_of_provider")]

    def __str__(self) -> str:
        return f"blocked time {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        """Those at one of the clinics, and those of its providers wherever they are."""
        theirs = Provider.clinics.through.objects.filter(clinic__in=places).values("provider")
        return Q(clinic__in=places) | Q(clinic=None, provider__in=theirs)
