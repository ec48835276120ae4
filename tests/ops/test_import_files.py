"""manage.py import_patients and import_appointments: the same files and reasons, from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.models import Appointment, Patient
from core import files
from tests.clinic.filing import ANA, PEOPLE, VISITS, a_clinic, file, visit

pytestmark = pytest.mark.django_db


def test_patients_are_tried_out_and_stored(tmp_path: Path, capsys: Any) -> None:
    a_clinic()
    path = tmp_path / "patients.csv"
    path.write_bytes(file("Miller,Ana,,(312) 555-0142,", head=PEOPLE))
    call_command("import_patients", path, dry_run=True)
    assert "Would store: 1 new patients; 0 on the books already." in capsys.readouterr().out
    call_command("import_patients", path)
    assert Patient.objects.count() == 1


def test_visits_are_stored_or_refused_by_line(tmp_path: Path, capsys: Any) -> None:
    clinic, path = a_clinic(), tmp_path / "visits.csv"
    path.write_bytes(file(visit(ANA, "2020-01-01 09:00"), head=VISITS))
    with pytest.raises(CommandError, match="Nothing is stored: 1 faults in 1 rows"):
        call_command("import_appointments", path, clinic=clinic.pk)
    assert "Line 2, status: The visit has begun" in capsys.readouterr().err
    path.write_bytes(file(visit(ANA, "2199-03-29 09:00"), head=VISITS))
    call_command("import_appointments", path, clinic=clinic.pk)
    assert "Stored: 1 visits, 1 new patients; 0 left out." in capsys.readouterr().out
    assert Appointment.objects.get().source == "import"


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    a_clinic()
    path = tmp_path / "large.csv"
    with path.open("wb") as large:
        large.truncate(files.LARGEST_BYTES * 1000)
    with pytest.raises(CommandError, match="larger than 5 MB"):
        call_command("import_patients", path)
