"""Files of patients and of visits, as clinics hand them in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clinic import importing_patients, importing_visits
from clinic.models import Clinic, Patient, Provider
from core.importing import Report
from tests import factories

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PEOPLE = "last_name,first_name,date_of_birth,phone,email"
VISITS = "last_name,first_name,phone,start,visit_type,provider"
ANA = "Miller,Ana,(312) 555-0142"
BEN = "Ortiz,Ben,(312) 555-0143"


def a_clinic() -> Clinic:
    """A clinic in Chicago where Dr. Gray does check-ups, half an hour each."""
    factories.VisitTypeFactory.create(name="Check-up")
    made: Clinic = factories.ClinicFactory.create()
    factories.ProviderFactory.create(name="Dr. Gray", clinics=[made])
    return made


def gray() -> Provider:
    return Provider.objects.get(name="Dr. Gray")


def file(*rows: str, head: str) -> bytes:
    return "\r\n".join([head, *rows]).encode()


def visit(who: str, start: str, *more: str) -> str:
    return ",".join([who, start, "Check-up", "Dr. Gray", *more])


def patients(*rows: str, clinic: Clinic, head: str = PEOPLE, is_trial: bool = False) -> Report:
    return run(importing_patients, file(*rows, head=head), clinic, is_trial=is_trial)


def visits(*rows: str, clinic: Clinic, more: str = "", is_trial: bool = False) -> Report:
    return run(importing_visits, file(*rows, head=VISITS + more), clinic, is_trial=is_trial)


def run(module: Any, raw: bytes, clinic: Clinic, *, is_trial: bool = False) -> Report:
    who = Patient.objects.all()
    report: Report = module.run(
        raw=raw, clinic=clinic, patients=who, by="manager", now=NOW, is_trial=is_trial
    )
    return report


def told(report: Report) -> list[tuple[int, str, str]]:
    """What is wrong, and what is left out."""
    return [(one.line, one.column, one.reason) for one in (*report.invalid, *report.left_out)]
