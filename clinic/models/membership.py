"""Who works where."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Q

from clinic.models.clinic import Clinic


class Membership(models.Model):
    """A user works at a clinic, and sees what belongs to it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "clinic"], name="membership_once")]

    def __str__(self) -> str:
        return f"user {self.user_id} at clinic {self.clinic_id}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(clinic__in=places)
