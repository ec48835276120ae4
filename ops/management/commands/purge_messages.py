"""Empty the words of old texts here and at the provider, or say what that would do."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging import purging, redacting


class Command(BaseCommand):
    help = (
        "Empty the words of texts older than the retention age. Example: manage.py purge_messages --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        parser.add_argument(
            "--older-than", type=int, metavar="DAYS", help="instead of MESSAGE_RETENTION_DAYS"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        age = _age(options["older_than"])
        if options["dry_run"]:
            would = purging.count(older_than=age, now=timezone.now())
            self.stdout.write(
                f"{would.emptied} texts would be emptied here and {would.at_provider} at the provider;"
                f" {would.kept} would be kept, being still at work;"
                f" {redacting.still_owed()} wait for the provider."
            )
            return
        purged = purging.purge(older_than=age, clock=timezone.now)
        redacted = 0
        while done := redacting.sweep(clock=timezone.now):
            redacted += done
        self.stdout.write(
            f"{purged.emptied} texts emptied here and {redacted} at the provider;"
            f" {purged.kept} kept, being still at work; {redacting.still_owed()} wait for the provider."
        )


def _age(days: int | None) -> timedelta:
    if days is not None and not 1 <= days <= 36_500:
        raise CommandError("--older-than: expected a whole number of days from 1 to 36500.")
    age = settings.MESSAGE_RETENTION if days is None else timedelta(days=days)
    if age is None:
        raise CommandError("MESSAGE_RETENTION_DAYS is 0: texts are kept. Give an age with --older-than DAYS.")
    return age
