"""How texting is, and every invariant as a query that must return nothing."""

import json
import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from integrations import health_lines
from messaging import status, status_lines
from messaging.status_lines import Line
from ops import invariants


class Command(BaseCommand):
    help = (
        "Say how texting is, and check every invariant of the data; exit 1 where one is broken."
        " Example: manage.py doctor --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        broken = dict(invariants.violations(now=now))
        lines = _lines(now)
        if options["json"]:
            told = {line.name: {"value": line.value, "look": line.look} for line in lines}
            counted = {"checked": len(invariants.QUERIES), "broken": broken}
            self.stdout.write(json.dumps({**counted, "status": told}))
        else:
            for line in lines:
                self.stdout.write(f"{'LOOK' if line.look else 'ok':<6}  {line.name}: {line.value}")
            for name, ids in broken.items():
                self.stdout.write(f"BROKEN  {name}: {', '.join(map(str, ids))}")
            self.stdout.write(f"{len(invariants.QUERIES)} invariants checked, {len(broken)} broken.")
        if broken:
            sys.exit(1)


def _lines(now: datetime) -> list[Line]:
    of_texting = status_lines.lines(status=status.read(now=now), now=now)
    return [*of_texting, *health_lines.lines(now=now)]
