"""Whatever reminder is due, now; beat does the same every few seconds."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from messaging import sweeping as outgoing
from outreach import sending, settling


class Command(BaseCommand):
    help = "Send every reminder that is due. Example: manage.py send_due_reminders"

    def handle(self, *args: Any, **options: Any) -> None:
        handed = 0
        while done := sending.sweep(clock=timezone.now):
            handed += done
        sent = outgoing.sweep_outbox(clock=timezone.now)
        settling.sweep(now=timezone.now())
        self.stdout.write(f"{handed} reminders handed over, {sent} texts out.")
