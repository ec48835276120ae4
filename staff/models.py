"""What a user has chosen for the pages."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Q


class Preference(models.Model):
    """One row for each user who has chosen anything; without it the browser's wishes count."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preference"
    )
    language = models.CharField(max_length=7, choices=settings.LANGUAGES)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(language__in=[code for code, _ in settings.LANGUAGES]),
                name="preference_language_known",
            )
        ]

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.language}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(user__memberships__clinic__in=places)
