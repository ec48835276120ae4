"""Every invariant as a query that must return nothing."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ops import invariants


class Command(BaseCommand):
    help = "Check every invariant of the data; exit 1 where one is broken. Example: manage.py doctor --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = dict(invariants.violations(now=timezone.now()))
        if options["json"]:
            self.stdout.write(json.dumps({"checked": len(invariants.QUERIES), "broken": broken}))
        else:
            for name, ids in broken.items():
                self.stdout.write(f"BROKEN  {name}: {', '.join(map(str, ids))}")
            self.stdout.write(f"{len(invariants.QUERIES)} invariants checked, {len(broken)} broken.")
        if broken:
            sys.exit(1)
