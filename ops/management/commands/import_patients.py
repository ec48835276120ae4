"""Take a file of patients on the books, from the shell."""

from clinic import importing_patients
from ops.file_command import FileCommand


class Command(FileCommand):
    help = (
        "Take the rows of a CSV (UTF-8) or XLSX file on the books as patients: all, or none if one is wrong."
        " Example: manage.py import_patients patients.csv --clinic 1 --dry-run"
    )
    run = staticmethod(importing_patients.run)
    done = "%(entries)s new patients; %(left_out)s on the books already."
