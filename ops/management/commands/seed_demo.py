"""Invented data and users with known passwords, for trying everything out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.models import Clinic, Membership, Provider
from ops import demo

# Username, role, whether the user may enter the Django admin, and at how many of the clinics he or she works.
USERS = (
    ("frontdesk", "front desk", False, 2),
    ("manager", "manager", True, 3),
    ("auditor", "auditor", True, 0),
    ("admin", "admin", True, 0),
)


class Command(BaseCommand):
    help = (
        "Fill an empty database with an invented clinic group and users with known passwords. Needs"
        " DEBUG=true or DEMO=true. Example: DEMO=true manage.py seed_demo"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError("seed_demo makes users with known passwords: set DEMO=true if you mean it.")
        made = demo.seed(now=timezone.now())
        self.stdout.write(
            "Invented clinics are ready." if made else "There are clinics already: kept as they are."
        )
        for username, role, is_staff, places in USERS:
            self.stdout.write(f"  {username:<10} password: {_make_user(username, role, is_staff, places)}")
        # The manager sees patients too, and so has notices to read.
        manager = get_user_model().objects.get(username="manager")
        if not Provider.objects.filter(user=manager).exists():
            first = Provider.objects.order_by("pk")[:1]
            Provider.objects.filter(pk__in=first, user=None).update(user=manager)


def _make_user(username: str, role: str, is_staff: bool, places: int) -> str:
    password = f"{username}-demo-2026"
    user, created = get_user_model().objects.get_or_create(username=username, defaults={"is_staff": is_staff})
    if created:
        user.set_password(password)
        user.is_superuser = role == "admin"
        user.save(update_fields=["password", "is_superuser"])
        user.groups.add(Group.objects.get(name=role))
        clinics = Clinic.objects.order_by("pk")[:places]
        Membership.objects.bulk_create(Membership(user=user, clinic=clinic) for clinic in clinics)
    return password
