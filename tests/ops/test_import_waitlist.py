"""manage.py import_waitlist: the same file, the same reasons, from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.models import Patient
from tests import factories
from tests.waitlist.filing import a_clinic, csv

pytestmark = pytest.mark.django_db
ANA = "Miller,Ana,(312) 555-0142,Check-up,"


def test_a_file_is_tried_out_and_stored(tmp_path: Path, capsys: Any) -> None:
    clinic, path = a_clinic(), tmp_path / "list.csv"
    path.write_bytes(csv(ANA))
    call_command("import_waitlist", path, clinic=clinic.pk, dry_run=True)
    assert "Would store: 1 entries, 1 new patients; 0 waiting already." in capsys.readouterr().out
    assert not Patient.objects.exists()
    call_command("import_waitlist", path)
    assert Patient.objects.count() == 1
    factories.ClinicFactory()
    with pytest.raises(CommandError, match="several clinics"):
        call_command("import_waitlist", path)


def test_what_is_wrong_is_said_by_line_and_nothing_is_stored(tmp_path: Path, capsys: Any) -> None:
    clinic, path = a_clinic(), tmp_path / "list.csv"
    path.write_bytes(csv(ANA, "Ortiz,Ben,12,Check-up,"))
    with pytest.raises(CommandError, match="Nothing is stored: 1 faults in 2 rows"):
        call_command("import_waitlist", path, clinic=clinic.pk)
    assert "Line 3, phone: This is not a phone number" in capsys.readouterr().err
    assert not Patient.objects.exists()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_waitlist", tmp_path / "none.csv", clinic=clinic.pk)
    with pytest.raises(CommandError, match="no such clinic"):
        call_command("import_waitlist", path, clinic=0)
