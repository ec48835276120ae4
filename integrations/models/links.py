"""Which of our rows answers to what the other system names. Its rows are the locks of visits and people."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from clinic.models import Appointment, Patient
from integrations.models.source import Source, of_source
from waitlist.models import WaitlistEntry


class VisitLink(models.Model):
    """One visit of the other system. Without an appointment it is a tombstone, or none of our business.

    `known` is the latest word about each part of it, with its stamp: integrations.latest. `appointment` is
    the row that stands for it now; a visit that was moved or booked anew has had others.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="visits")
    appointment = models.OneToOneField(
        Appointment, on_delete=models.SET_NULL, null=True, blank=True, related_name="feed_link"
    )
    known = models.JSONField(default=dict)
    said_at = models.DateTimeField(null=True, help_text="When the latest of it was said.")
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"visit {self.pk} of a source"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class VisitKey(models.Model):
    """A name of a visit in the other system."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    link = models.ForeignKey(VisitLink, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="visit_key_once")]

    def __str__(self) -> str:
        return f"key {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class PersonLink(models.Model):
    """One patient of the other system. `stamps` say when each thing that we know was said there.

    `is_apart`: staff have said that nobody on the books is this person. `merged_into`: the other system has
    made one record of two.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="people")
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="feed_links"
    )
    is_apart = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stamps = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"person {self.pk} of a source"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class PersonKey(models.Model):
    """A name of a patient in the other system, such as the number of a record."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    link = models.ForeignKey(PersonLink, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="person_key_once")]

    def __str__(self) -> str:
        return f"key {self.pk}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)


class WishLink(models.Model):
    """A wish for an earlier time that the other system knows, and the entry that stands for it here."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.SET_NULL, null=True, related_name="+")
    is_waiting = models.BooleanField()
    said_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="wish_link_once")]

    def __str__(self) -> str:
        return f"wish {self.pk} of a source"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)
