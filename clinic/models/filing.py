"""The file that a clinic keeps of a patient, and the row that counts a clinic's files."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from clinic.models.clinic import Clinic, Provider
from clinic.models.patient import Patient


class ClinicFile(models.Model):
    """What a clinic keeps of a patient, opened with the first visit booked there.

    `number` is "<main file>-<clinic's code>-<seq>"; `seq` counts the clinic's files from 1 without a gap.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="clinic_files")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="clinic_files")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()
    number = models.CharField(max_length=48, unique=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "clinic"], name="clinic_file_once"),
            models.UniqueConstraint(fields=["clinic", "seq"], name="clinic_file_counted_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="clinic_file_counted_from_one"),
        ]

    def __str__(self) -> str:
        return self.number

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)


class FileCount(models.Model):
    """How many files a clinic has. A sequence would leave a gap where a booking is undone; a row does not."""

    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, primary_key=True, related_name="+")
    last = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.last} files"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)
