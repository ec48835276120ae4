"""The day's texts, counted by us, by the provider and by its callbacks."""

import sys
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from messaging import tallying
from messaging.models import Tally

# The first and the last days of the calendar have none before or after them.
YEARS = range(2000, 2200)


class Command(BaseCommand):
    help = (
        "Compare a day's texts with the provider's list and its callbacks; exit 1 where they differ."
        " Example: manage.py reconcile_day --date 2026-12-01"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", default="", help="a day of UTC; the last 24 hours if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        tally = _tally(options["date"], timezone.now())
        if tally is None:
            raise CommandError("The provider did not answer: nothing was compared.")
        self.stdout.write(
            f"{tally.ours} ours, {tally.provider} provider, {tally.webhooks} webhooks: difference"
            f" {tally.difference} (provider lacks {tally.provider_lacks}, we lack {tally.we_lack},"
            f" without a callback {tally.untold}, callbacks of nobody's text {tally.strays})."
        )
        if tally.difference:
            sys.exit(1)


def _tally(day: str, now: datetime) -> Tally | None:
    if not day:
        return tallying.tally_last_day(now=now)
    try:
        date = parse_date(day)
    except ValueError:
        date = None
    if date is None or date.year not in YEARS:
        raise CommandError("--date must be like 2026-12-01.")
    since = datetime.combine(date, time(0), UTC)
    until = since + timedelta(days=1)
    if until > now - tallying.SETTLING:
        raise CommandError("--date must be a day that has been over for a quarter of an hour.")
    return tallying.tally(since=since, until=until, now=now)
