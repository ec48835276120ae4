"""Put a file of patients on the waitlist of a clinic, from the shell."""

from ops.file_command import FileCommand
from waitlist import importing


class Command(FileCommand):
    help = (
        "Put the rows of a CSV (UTF-8) or XLSX file on a clinic's waitlist: all, or none where one is wrong."
        " Example: manage.py import_waitlist list.csv --clinic 1 --dry-run"
    )
    run = staticmethod(importing.run)
    done = "%(entries)s entries, %(patients)s new patients; %(left_out)s waiting already."
