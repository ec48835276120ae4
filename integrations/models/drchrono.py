"""The account at drchrono, how far it has been read, and how many calls are left."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.models.source import Source, of_source


class DrchronoAccount(models.Model):
    """The right to read and write at drchrono that somebody has given. The tokens are sealed.

    `refreshing_until` is the lease of whoever renews the token: a refresh token is good once.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="drchrono")
    access_token = models.BinaryField(default=b"", editable=False)
    refresh_token = models.BinaryField(default=b"", editable=False)
    scopes = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.CharField(max_length=150, blank=True)
    # Why it is connected no longer: a code.
    lost = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "drchrono account"

    def __str__(self) -> str:
        return f"drchrono account of source {self.source_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)

    @property
    def is_connected(self) -> bool:
        return bool(self.access_token) and not self.lost

    @property
    def status(self) -> str:
        return "connected" if self.is_connected else "not connected"


class Listing(models.TextChoices):
    """What is read, in this order: who and where before when."""

    DOCTORS = "doctors", _("Doctors")
    OFFICES = "offices", _("Offices")
    PATIENTS = "patients", _("Patients")
    APPOINTMENTS = "appointments", _("Appointments")


class DrchronoCursor(models.Model):
    """How far one list has been read. It is moved on in the transaction that stores its page.

    `begun_at` and `next_url` are those of the run that is under way, `since` the beginning of the last one
    that came to its end. `due_at` is its clock. `trouble` is why the last page could not be read: a code.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="drchrono_cursors")
    listing = models.CharField(max_length=12, choices=Listing)
    since = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    next_url = models.CharField(max_length=2000, blank=True)
    pages = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    trouble = models.CharField(max_length=40, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["source", "listing"], name="drchrono_cursor_once")]

    def __str__(self) -> str:
        return f"{self.listing} of source {self.source_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class DrchronoRecord(models.Model):
    """A doctor or an office over there, offered to staff for mapping. No patient is kept here."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="drchrono_records")
    listing = models.CharField(max_length=12, choices=Listing)
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    is_gone = models.BooleanField(default=False)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["source", "listing", "key"], name="drchrono_record_once")
        ]

    def __str__(self) -> str:
        return self.name or self.key

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class ApiAllowance(models.Model):
    """The calls that an application may still make, counted for all processes together.

    `used` are those of the hour that began at `hour_at`; `free_at` is when the next one may go.
    """

    name = models.CharField(max_length=100, unique=True)
    hour_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    free_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
