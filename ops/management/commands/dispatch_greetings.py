"""The birthdays of a day, or all that are due, now; beat does the same every minute."""

from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from messaging import sweeping as outgoing
from outreach import greeting, greeting_days, greeting_settling
from outreach.greeting_states import Why


class Command(BaseCommand):
    help = (
        "Greet whoever has a birthday, once a year, by the rules of the page Greetings."
        " Example: manage.py dispatch_greetings --date 2026-12-01 --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date", default="", help="the birthdays of this day only; today and late ones if left out"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now, on = timezone.now(), _day(options["date"])
        if options["dry_run"]:
            found = greeting.forecast(now=now, on=on)
            self.stdout.write(f"{told(found)} Nothing was done.")
            return
        if on is not None and on > greeting_days.today_anywhere(now)[1]:
            raise CommandError("--date has not come yet anywhere. With --dry-run it may be any day.")
        done = greeting.dispatch(clock=timezone.now, on=on)
        sent = outgoing.sweep_outbox(clock=timezone.now)
        greeting_settling.sweep(now=timezone.now())
        self.stdout.write(f"{told(done)} {sent} texts out.")


def told(done: Counter[str]) -> str:
    """Counts and reasons in one line."""
    due = done.pop(greeting.DUE, 0) + done.pop(greeting.HANDED_OVER, 0)
    waiting, raised, late = (
        done.pop(name, 0) for name in (greeting.WAITS, greeting.RAISED, greeting.NOT_DUE)
    )
    skipped = ", ".join(f"{count} {Why(why).label}" for why, count in sorted(done.items()) if count)
    words = f"{due} greetings, {waiting} wait for their hours, {done.total()} skipped"
    words += f" ({skipped})" if skipped else ""
    words += f", {late} decided by somebody else" if late else ""
    return f"{words}, {raised} raised: see the log." if raised else f"{words}."


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is None:
        raise CommandError("--date must be like 2026-12-01.")
    return day
