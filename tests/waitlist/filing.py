"""Files of a waitlist, as clinics hand them in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
from django.utils import timezone

from clinic.models import Clinic, Patient
from core.importing import Report
from tests import factories
from waitlist import importing

HEAD = "last_name,first_name,phone,visit_type,available"


def a_clinic() -> Clinic:
    """A clinic where one waits for a check-up."""
    factories.VisitTypeFactory.create(name="Check-up")
    made: Clinic = factories.ClinicFactory.create()
    return made


def csv(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *rows]).encode()


def xlsx(*rows: Sequence[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(name: str, words: bytes, *, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """What says that it is a spreadsheet, with this one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as packed:
        packed.writestr(name, words)
    return out.getvalue()


def locked(raw: bytes) -> bytes:
    """A ZIP that says of its parts that they need a password."""
    found = bytearray(raw)
    for head, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := found.find(head, at + 1)) >= 0:
            found[at + flag] |= 1
    return bytes(found)


def run(raw: bytes, clinic: Clinic, *, is_trial: bool = False) -> Report:
    return importing.run(
        raw=raw,
        clinic=clinic,
        patients=Patient.objects.all(),
        by="manager",
        now=timezone.now(),
        is_trial=is_trial,
    )


def told(report: Report) -> list[tuple[int, str, str]]:
    """What is wrong, and what is left out."""
    return [(one.line, one.column, one.reason) for one in (*report.invalid, *report.left_out)]
