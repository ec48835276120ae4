"""A file of patients: tried out, refused row by row with the reason, stored as a whole or not at all."""

from __future__ import annotations

import zipfile
from datetime import date, time

import pytest
from django.utils import timezone

from clinic.models import Consent, Patient
from core import exporting as sheets
from core import files
from core.models import AuditEvent
from tests import factories
from tests.waitlist.filing import HEAD, a_clinic, csv, locked, run, told, xlsx, zipped
from waitlist import exporting, joining
from waitlist.importing import Line
from waitlist.models import Availability, WaitlistEntry

pytestmark = pytest.mark.django_db
ANA = "Miller,Ana,(312) 555-0142,Check-up,Mon 08:00-12:00; mié 13:00-17:00"
PLAIN = '"Ortiz","Ben",+13125550143,check-up,'


def test_a_file_is_stored_with_its_patients_and_their_times() -> None:
    clinic = a_clinic()
    report = run(csv(ANA, PLAIN), clinic)
    assert (report.rows, report.entries, report.patients, report.is_stored) == (2, 2, 2, True)
    ana = WaitlistEntry.objects.get(patient__phone="+13125550142", clinic=clinic)
    windows = Availability.objects.filter(entry=ana).order_by("weekday")
    assert [(one.weekday, one.start, one.end) for one in windows] == [
        (0, time(8), time(12)),
        (2, time(13), time(17)),
    ]
    event = AuditEvent.objects.get(verb="waitlist.imported")
    assert (event.actor, event.place, event.data) == ("manager", clinic.pk, {"entries": 2, "patients": 2})


def test_a_trial_tells_the_same_and_stores_nothing() -> None:
    clinic = a_clinic()
    report = run(csv(ANA, PLAIN), clinic, is_trial=True)
    assert (report.entries, report.patients, report.is_stored) == (2, 2, False)
    assert not Patient.objects.exists()
    assert not AuditEvent.objects.exists()


def test_one_wrong_row_keeps_all_of_the_file_out() -> None:
    clinic = a_clinic()
    report = run(csv(ANA, "Ortiz,Ben,555,Check-up,Mo 8-9"), clinic)
    assert not report.is_stored
    assert [(line, column) for line, column, _ in told(report)] == [(3, "phone"), (3, "available")]
    assert "not a phone number that can be called" in told(report)[0][2]
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",Ana,(312) 555-0142,Check-up,", "last_name", "missing"),
        ("Miller,Ana,(312) 555-0142,Surgery,", "visit_type", "no such visit type"),
        ("Miller,Ana,(312) 555-0142,Check-up,Mon 12:00-08:00", "available", "end after it starts"),
        ("Miller,Ana,(312) 555-0142,Check-up,Mon 25:00-26:00", "available", "no such time"),
        ("Miller,Ana,,Check-up,", "", "Give a phone"),
        ("Miller,Ana,(312) 555-0142,Check-up,,2999-01-01,", "date_of_birth", "born in the future"),
        ("Miller,Ana,(312) 555-0142,Check-up,,,2999-01-01", "joined", "joined in the future"),
        ("Gone,Ana,(312) 555-0142,Check-up,", "", "This patient is not active"),
        (f"{'M' * 81},Ana,(312) 555-0142,Check-up,", "last_name", "longer than 80"),
    ],
)
def test_each_fault_has_its_reason_and_a_trial_knows_it(row: str, column: str, reason: str) -> None:
    clinic, head = a_clinic(), f"{HEAD},date_of_birth,joined"
    factories.PatientFactory(first_name="Ana", last_name="Gone", phone="+13125550142", status="inactive")
    ((_, named, said),) = told(run(csv(row, head=head), clinic, is_trial=True))
    assert named == column
    assert reason in said


def test_who_waits_already_is_left_out_and_the_others_are_stored() -> None:
    clinic = a_clinic()
    run(csv(ANA), clinic)
    report = run(csv(ANA, PLAIN, PLAIN), clinic)
    assert report.is_stored
    assert (report.entries, report.patients, report.invalid) == (1, 1, [])
    assert told(report) == [
        (2, "", "This patient waits for that visit already."),
        (4, "", "The same patient and visit type stand in a row above."),
    ]


def test_who_joins_while_a_file_is_stored_keeps_all_of_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = a_clinic()
    run(csv(ANA), clinic)
    # As if the colleague had been a moment later than the look at the list.
    monkeypatch.setattr(Line, "why_waiting", lambda *_: "")
    with pytest.raises(files.BadFile, match="already waiting for that visit here"):
        run(csv(PLAIN, ANA), clinic)
    assert Patient.objects.count() == 1


def test_a_child_on_a_parents_phone_is_somebody_else_and_two_who_fit_are_told() -> None:
    clinic, said = a_clinic(), {"phone": "+13125550142", "first_name": "Ana", "last_name": "Miller"}
    mother = factories.PatientFactory(**said, date_of_birth=date(1980, 2, 29))
    head = f"{HEAD},date_of_birth"
    child = run(csv(f"{ANA},2015-05-05", head=head), clinic)
    assert child.patients == 1
    known = run(csv("Miller,ANA,,Check-up,,1980-02-29", head=head), clinic)
    assert (known.entries, known.patients) == (1, 0)
    assert WaitlistEntry.objects.filter(patient=mother).exists()
    assert told(run(csv(ANA), clinic))[0][2] == "Several patients fit: give the date of birth."


def test_consent_comes_from_a_file_for_somebody_new_and_never_over_a_word_of_their_own() -> None:
    clinic, head = a_clinic(), f"{HEAD},consent,consent_words"
    known = factories.PatientFactory(
        first_name="Ben", last_name="Ortiz", phone="+13125550143", sms_consent=False
    )
    report = run(csv(f"{ANA},yes,text me", f"{PLAIN},yes,", head=head), clinic)
    assert report.is_stored
    word = Consent.objects.get()
    assert (word.given, word.source, word.words) == (True, "import", "text me")
    known.refresh_from_db()
    assert not known.sms_consent


def test_a_provider_is_one_of_that_clinic_and_a_file_gives_nobody_away() -> None:
    clinic, head = a_clinic(), f"{HEAD},provider"
    other = factories.ProviderFactory(name="Dr. Gray")
    assert told(run(csv(f"{ANA},Dr. Gray", head=head), clinic))[0][1] == "provider"
    other.clinics.add(clinic)
    assert run(csv(f"{ANA},dr. gray", head=head), clinic).is_stored
    assert WaitlistEntry.objects.get().provider == other


def test_a_spreadsheet_is_read_with_its_numbers_days_and_formulas() -> None:
    clinic = a_clinic()
    head = ["last_name", "first_name", "phone", "visit_type", "date_of_birth", "urgent", None]
    report = run(xlsx(head, ["Miller", "Ana", 3125550142, "Check-up", date(1980, 2, 29), True], []), clinic)
    assert report.is_stored
    entry = WaitlistEntry.objects.select_related("patient").get()
    assert (entry.patient.phone, entry.patient.date_of_birth, entry.urgent) == (
        "+13125550142",
        date(1980, 2, 29),
        True,
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "must also name: last_name, first_name, visit_type"),
        (HEAD.encode(), "no row below"),
        (b"last_name,first_name,visit_type,shoe_size\r\nM,A,Check-up,9", "no column “shoe_size”"),
        (b"last_name,last_name,first_name,visit_type\r\nM,M,A,Check-up", "names a column twice"),
        (f"{HEAD}\r\nMuñoz,Ana,,Check-up,".encode("latin-1"), "Line 2 is not in UTF-8"),
        (HEAD.encode("utf-16"), "UTF-16"),
        (b"\xd0\xcf\x11\xe0old", "old Excel file"),
        (b"PK\x03\x04no", "no spreadsheet that can be read"),
        (f"{HEAD}\r\n{ANA},more".encode(), "Line 2 has more cells"),
        (csv(*[ANA] * 5001), "more than 5000 rows"),
        (b"x" * (files.LARGEST_BYTES + 1), "larger than 5 MB"),
        (b"last_name\0", "no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(files.BadFile, match=reason):
        run(raw, a_clinic())


def test_a_spreadsheet_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 10_000)
    with pytest.raises(files.BadFile, match="unpacks to more"):
        run(zipped("xl/worksheets/sheet1.xml", b"0" * 10_001), a_clinic())


@pytest.mark.parametrize(
    ("name", "tag", "most"),
    [
        ("xl/worksheets/sheet1.xml", b"<c/>", files.MOST_TAGS),
        ("xl/styles.xml", b"<xf/>", files.MOST_TAGS_ASIDE),
    ],
)
def test_a_spreadsheet_of_endless_empty_cells_or_styles_is_not_read(name: str, tag: bytes, most: int) -> None:
    with pytest.raises(files.BadFile, match="unpacks to more"):
        run(zipped(name, tag * (most + 1)), a_clinic())


@pytest.mark.parametrize(
    "raw",
    [
        zipped("[Content_Types].xml", b"<x/>", kind=zipfile.ZIP_LZMA),
        zipped("[Content_Types].xml", b'<?xml version="1.0" encoding="foo"?><x/>'),
        zipped("[Content_Types].xml", b'<?xml version="1.0" encoding="cp037"?><x/>'),
        locked(xlsx(["last_name"])),
    ],
    ids=["another packing", "no encoding", "another encoding", "locked"],
)
def test_a_spreadsheet_that_none_writes_is_refused(raw: bytes) -> None:
    with pytest.raises(files.BadFile, match="no spreadsheet that can be read"):
        run(raw, a_clinic())


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("between", [",", ";"])
def test_a_file_of_a_spreadsheet_is_read_as_it_writes_it(mark: str, between: str) -> None:
    words = between.join(["last_name", "first_name", "phone", "visit_type"])
    row = between.join(["Muñoz", "Ana", "3125550142", "Check-up"])
    assert run(f"{mark}{words}\n{row}\n".encode(), a_clinic()).is_stored
    assert Patient.objects.get().last_name == "Muñoz"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_calculates_nothing_and_can_come_in_again(kind: str) -> None:
    clinic = a_clinic()
    run(csv(ANA), clinic)
    Patient.objects.update(first_name="=SUM(A1:A9)", last_name="@cmd")
    raw, _ = sheets.as_file(exporting.dataset(WaitlistEntry.objects.all()), kind)
    if kind == "csv":
        assert raw.startswith(b"\xef\xbb\xbf")
        assert b",'=SUM(A1:A9)," in raw
        assert b"\r\n'@cmd," in raw
    entry = WaitlistEntry.objects.get()
    joining.remove(entry_id=entry.pk, by="manager", now=timezone.now())
    report = run(raw, clinic)
    assert (report.entries, report.patients) == (1, 0)
    assert WaitlistEntry.objects.filter(patient=entry.patient_id, status="waiting").exists()
