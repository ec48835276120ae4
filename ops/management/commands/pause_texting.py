"""The brake of all texts, from the shell."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.models import Clinic
from core.transitions import StaleState
from messaging import pausing
from messaging.models import Pause

BY = "command line"


class Command(BaseCommand):
    help = (
        "Let no text leave, of one clinic or of all; what is owed waits in the queue."
        " Example: manage.py pause_texting on --clinic 1"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=["on", "off"])
        parser.add_argument("--clinic", type=int, help="the clinic's id; all clinics if left out")
        parser.add_argument("--reason", default="", help="why, for the audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic_id = options["clinic"]
        if clinic_id is not None and not Clinic.objects.filter(pk=clinic_id).exists():
            raise CommandError("There is no such clinic.")
        whose = "all clinics" if clinic_id is None else f"clinic {clinic_id}"
        try:
            if options["state"] == "on":
                pausing.pause(clinic_id=clinic_id, reason=options["reason"], by=BY, now=timezone.now())
            else:
                _resume(clinic_id)
        except StaleState as stale:
            raise CommandError(str(stale)) from None
        self.stdout.write(f"Texts of {whose} {'wait' if options['state'] == 'on' else 'leave again'}.")


def _resume(clinic_id: int | None) -> None:
    paused = Pause.objects.filter(clinic_id=clinic_id, ended_at=None).first()
    if paused is None:
        raise StaleState("These texts are not paused.")
    pausing.resume(pause_id=paused.pk, by=BY, now=timezone.now())
