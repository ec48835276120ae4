"""Read what the practices at drchrono have changed, now; beat does it by itself every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.drchrono import syncing
from integrations.models import DrchronoCursor


class Command(BaseCommand):
    help = "Read the practices at drchrono now. Example: manage.py sync_drchrono --whole"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--whole", action="store_true", help="from the beginning; it texts nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        practices = syncing.ask_now(now=timezone.now(), whole=options["whole"])
        if not practices:
            raise CommandError("No practice at drchrono is connected: see /drchrono/.")
        pages = syncing.sync_due(clock=timezone.now)
        troubled = DrchronoCursor.objects.exclude(trouble="").order_by("pk")
        if troubled.exists():
            said = ", ".join(f"{cursor}: {cursor.trouble}" for cursor in troubled)
            raise CommandError(f"{pages} pages read; {said}.")
        self.stdout.write(f"{pages} pages read.")
