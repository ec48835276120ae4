"""Log a cancelled slot from the shell."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clinic.models import Clinic, Provider, VisitType
from offers import opening


class Command(BaseCommand):
    help = (
        "Log a cancelled slot and let the waitlist have it. Example: manage.py log_cancellation --clinic 1"
        " --provider 2 --visit-type 3 --starts-at 2026-12-01T09:30:00-06:00 --duration 30"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", type=int, required=True, help="the clinic's id")
        parser.add_argument("--provider", type=int, required=True, help="the provider's id")
        parser.add_argument("--visit-type", type=int, required=True, help="the visit type's id")
        parser.add_argument("--starts-at", required=True, help="ISO 8601 with an offset")
        parser.add_argument("--duration", type=int, help="minutes; the visit type's own if left out")
        parser.add_argument("--reason", default="", help="why it was cancelled; patients never see it")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = Clinic.objects.filter(pk=options["clinic"]).first()
        provider = Provider.objects.filter(pk=options["provider"]).first()
        visit_type = VisitType.objects.filter(pk=options["visit_type"]).first()
        if clinic is None or provider is None or visit_type is None:
            raise CommandError("There is no such clinic, provider or visit type.")
        starts_at = _moment(options["starts_at"])
        minutes = visit_type.duration_minutes if options["duration"] is None else options["duration"]
        slot = opening.NewSlot(
            clinic_id=clinic.pk,
            provider_id=provider.pk,
            visit_type_id=visit_type.pk,
            starts_at=starts_at,
            ends_at=_after(starts_at, minutes),
            reason=options["reason"],
        )
        try:
            cancellation = opening.open_slot(slot=slot, by="command line", now=timezone.now())
        except opening.BadSlot as error:
            raise CommandError(f"{error.field}: {error.message}") from None
        self.stdout.write(
            f"Cancellation {cancellation.pk}: first texts at {cancellation.grace_ends_at:%c} UTC."
        )


def _moment(words: str) -> datetime:
    try:
        moment = parse_datetime(words)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError("--starts-at must be like 2026-12-01T09:30:00-06:00, with the offset.")
    return moment


def _after(moment: datetime, minutes: int) -> datetime:
    try:
        return moment + timedelta(minutes=minutes)
    except OverflowError:
        raise CommandError("--duration: There is no calendar for the end of this slot.") from None
