"""What the commands that read in a file have in common: the same rows and reasons as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.models import Clinic, Patient
from core import files
from core.importing import Report


class FileCommand(BaseCommand):
    """Reads a file in; which, and what comes of it, is said by who inherits."""

    run: ClassVar[Callable[..., Report]]
    # Said of the report's numbers.
    done: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file; its first line names the columns")
        parser.add_argument(
            "--clinic", type=int, help="the clinic's id; may be left out where there is one only"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would come of it, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = _clinic(options["clinic"])
        try:
            report = type(self).run(
                raw=_read(options["file"]),
                clinic=clinic,
                patients=Patient.objects.all(),
                by="command line",
                now=timezone.now(),
                is_trial=options["dry_run"],
            )
        except files.BadFile as bad:
            raise CommandError(str(bad)) from None
        for refusal in (*report.left_out, *report.invalid):
            column = f", {refusal.column}" if refusal.column else ""
            self.stderr.write(f"Line {refusal.line}{column}: {refusal.reason}")
        if report.invalid:
            raise CommandError(f"Nothing is stored: {len(report.invalid)} faults in {report.rows} rows.")
        stored = "Stored" if report.is_stored else "Would store"
        told = {"entries": report.entries, "patients": report.patients, "left_out": len(report.left_out)}
        self.stdout.write(f"{stored}: {self.done % told}")


def _read(path: Path) -> bytes:
    """The file, or as much of it as is enough to see that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(files.LARGEST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"The file cannot be read: {error.strerror}.") from None


def _clinic(pk: int | None) -> Clinic:
    found = list(Clinic.objects.order_by("pk")[:2] if pk is None else Clinic.objects.filter(pk=pk))
    if len(found) > 1:
        raise CommandError("There are several clinics: say which with --clinic.")
    if not found:
        raise CommandError("There is no such clinic.")
    return found[0]
