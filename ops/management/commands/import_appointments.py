"""Put a file of visits into the calendar of a clinic, from the shell."""

from clinic import importing_visits
from ops.file_command import FileCommand


class Command(FileCommand):
    help = (
        "Put the rows of a CSV (UTF-8) or XLSX file into a clinic's calendar: all, or none if one is wrong."
        " Example: manage.py import_appointments visits.csv --clinic 1 --dry-run"
    )
    run = staticmethod(importing_visits.run)
    done = "%(entries)s visits, %(patients)s new patients; %(left_out)s left out."
