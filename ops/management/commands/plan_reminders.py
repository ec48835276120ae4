"""Reminders for visits that were booked when there were none: after an upgrade, or a clinic's first list."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from outreach import planning


class Command(BaseCommand):
    help = "Plan the reminders of visits ahead that have none. Example: manage.py plan_reminders"

    def handle(self, *args: Any, **options: Any) -> None:
        planned = planning.plan_missing(now=timezone.now())
        self.stdout.write(f"{planned} reminders planned.")
