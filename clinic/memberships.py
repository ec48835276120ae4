"""Where a user works: the answer to core.scoping."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from clinic.models import Clinic, Membership, Provider
from core import scoping
from core.scoping import User

EVERYWHERE = "clinic.view_every_clinic"


def of(user: User) -> frozenset[int] | None:
    """The ids of the clinics the user works at; None for whoever may see every clinic.

    Nobody, and whoever has no clinic yet, sees nothing.
    """
    if not user.is_authenticated:
        return frozenset()
    if user.has_perm(EVERYWHERE):
        return None
    return frozenset(Membership.objects.filter(user=user.pk).values_list("clinic_id", flat=True))


def begin(*, clinic: Clinic, by: str) -> None:
    """Whoever opens a clinic works there. The caller is in a transaction."""
    user = get_user_model().objects.filter(username=by).first()
    if user is not None and of(user) is not None:
        Membership.objects.get_or_create(user=user, clinic=clinic)


def with_unseen(*, provider: Provider, chosen: list[Clinic], user: User) -> list[Clinic]:
    """The clinics chosen for a provider, and those where the provider stays as the user cannot see them."""
    places = scoping.of(user)
    if places is None or provider.pk is None:
        return chosen
    return [*chosen, *provider.clinics.exclude(pk__in=places)]
