"""Handle one stored callback or text of the provider now, and not when its turn comes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from messaging import inbox
from messaging.models import ProviderEvent


class Command(BaseCommand):
    help = (
        "Handle a stored text or callback of the provider that was not handled, with its phone's before"
        " it. Example: manage.py replay_event 7"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int, help="the event's id, as the log names it")

    def handle(self, *args: Any, **options: Any) -> None:
        event = ProviderEvent.objects.filter(pk=options["id"]).first()
        if event is None:
            raise CommandError("There is no such event.")
        if event.handled_at is not None:
            # A second answer would reach the patient.
            raise CommandError(f"Event {event.pk} was handled at {event.handled_at.isoformat()}.")
        try:
            done = inbox.handle_all(event_id=event.pk, now=timezone.now())
        except Exception as error:
            # Its words may hold the text.
            raise CommandError(f"Event {event.pk} failed again: {type(error).__name__}.") from None
        self.stdout.write(f"{done} handled.")
