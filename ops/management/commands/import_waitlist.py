"""Put a file of patients on the waitlist of a clinic, from the shell."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.models import Clinic, Patient
from waitlist import files, importing


class Command(BaseCommand):
    help = (
        "Put the rows of a CSV (UTF-8) or XLSX file on a clinic's waitlist: all, or none where one is wrong."
        " Example: manage.py import_waitlist list.csv --clinic 1 --dry-run"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file; its first line names the columns")
        parser.add_argument(
            "--clinic", type=int, help="the clinic's id; may be left out where there is one only"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would come of it, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = _clinic(options["clinic"])
        try:
            report = importing.run(
                raw=options["file"].read_bytes(),
                clinic=clinic,
                patients=Patient.objects.all(),
                by="command line",
                now=timezone.now(),
                is_trial=options["dry_run"],
            )
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        except files.BadFile as bad:
            raise CommandError(str(bad)) from None
        for refusal in (*report.duplicates, *report.invalid):
            column = f", {refusal.column}" if refusal.column else ""
            self.stderr.write(f"Line {refusal.line}{column}: {refusal.reason}")
        if report.invalid:
            raise CommandError(f"Nothing is stored: {len(report.invalid)} faults in {report.rows} rows.")
        done = "Stored" if report.is_stored else "Would store"
        self.stdout.write(
            f"{done}: {report.entries} entries, {report.patients} new patients;"
            f" {len(report.duplicates)} waiting already."
        )


def _clinic(pk: int | None) -> Clinic:
    found = list(Clinic.objects.order_by("pk")[:2] if pk is None else Clinic.objects.filter(pk=pk))
    if len(found) > 1:
        raise CommandError("There are several clinics: say with --clinic onto whose list.")
    if not found:
        raise CommandError("There is no such clinic.")
    return found[0]
