"""A file of patients: tried out, refused row by row with the reason, stored as a whole or not at all."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import consenting, exporting, importing_patients, registering
from clinic.consenting import Word
from clinic.models import Consent, Patient, Provider
from core import exporting as sheets
from core.files import BadFile
from core.importing import FILE_LOCK
from core.models import AuditEvent
from tests import factories
from tests.clinic.filing import PEOPLE, a_clinic, gray, patients, run, told
from tests.house.commands import database_url

pytestmark = pytest.mark.django_db
ANA = "Miller,Ana,2/29/1980,(312) 555-0142,ANA@example.org"
BEN = "Ortiz,Ben,1990-01-31,,"
MORE = f"{PEOPLE},consent,consent_words,status,preferred_channel,timezone,primary_provider,under_guardian"


def test_a_file_of_patients_is_taken_on_the_books() -> None:
    clinic = a_clinic()
    report = patients(ANA, BEN, clinic=clinic)
    assert (report.rows, report.entries, report.patients, report.is_stored) == (2, 2, 2, True)
    ana = Patient.objects.get(last_name="Miller")
    assert (ana.phone, ana.email, ana.date_of_birth) == (
        "+13125550142",
        "ana@example.org",
        date(1980, 2, 29),
    )
    event = AuditEvent.objects.get(verb="patients.imported")
    assert (event.actor, event.place, event.data) == ("manager", clinic.pk, {"patients": 2})
    assert AuditEvent.objects.filter(verb="patient.registered").count() == 2


def test_a_trial_of_patients_tells_the_same_and_stores_nothing() -> None:
    report = patients(ANA, BEN, clinic=a_clinic(), is_trial=True)
    assert (report.entries, report.patients, report.is_stored) == (2, 2, False)
    assert not Patient.objects.exists()


def test_nobody_agrees_to_be_texted_unless_the_file_says_how() -> None:
    clinic, head = a_clinic(), f"{PEOPLE},consent,consent_words"
    assert patients(f"{ANA},,", clinic=clinic, head=head).is_stored
    assert not Patient.objects.get().sms_consent
    assert told(patients(f"{BEN},yes,", clinic=clinic, head=head))[0][:2] == (2, "consent_words")
    patients(f"{BEN},yes,Signed the form on 2026-01-05", clinic=clinic, head=head)
    word = Consent.objects.get()
    assert (word.given, word.source, word.words) == (True, "import", "Signed the form on 2026-01-05")


def test_who_is_known_stays_as_they_are_and_is_counted_apart_from_what_is_wrong() -> None:
    clinic = a_clinic()
    known = factories.PatientFactory(first_name="Ana", last_name="Miller", phone="+13125550142")
    report = patients(ANA, BEN, BEN, "Stone,Cy,,12,", clinic=clinic)
    assert told(report) == [
        (5, "phone", told(report)[0][2]),
        (2, "", "This patient is on the books already."),
        (4, "", "The same patient stands in a row above."),
    ]
    assert "not a phone number" in told(report)[0][2]
    assert list(Patient.objects.values_list("pk", "email")) == [(known.pk, "")]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",Ana,,(312) 555-0142,", "last_name", "missing"),
        ("Miller,Ana,,,", "", "Give a phone"),
        ("Miller,Ana,31.03.1980,,", "date_of_birth", "like 2026-03-31"),
        ("Miller,Ana,2999-01-01,,", "date_of_birth", "born in the future"),
        (f"Miller,Ana,,,{'a' * 250}@example.org", "email", "longer than 254"),
        (f"{ANA},,,gone", "status", "Write one of: active, inactive, deceased"),
        (f"{ANA},,,,pigeon", "preferred_channel", "Write one of: sms"),
        (f"{ANA},,,,,Mars/Base", "timezone", "not a time zone"),
        (f"{ANA},,,,,,Dr. Nobody", "primary_provider", "No provider has that name"),
        (f"{ANA},,,,,,,perhaps", "under_guardian", "Write yes or no"),
    ],
)
def test_each_fault_of_a_patient_has_its_place_and_reason(row: str, column: str, reason: str) -> None:
    ((line, named, said),) = told(patients(row, clinic=a_clinic(), head=MORE, is_trial=True))
    assert (line, named) == (2, column)
    assert reason in said


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_patients_who_went_out_come_in_as_they_were(kind: str) -> None:
    clinic = a_clinic()
    row = f"{ANA},yes,text me,inactive,email,Europe/Berlin,Dr. Gray,yes"
    patients(row, "=SUM(A1),@cmd,1990-01-31,,", clinic=clinic, head=MORE)
    ana = {"primary_provider": gray(), "sms_consent": True, "under_guardian": True, "status": "inactive"}
    assert Patient.objects.filter(**ana, timezone="Europe/Berlin", preferred_channel="email").exists()
    names = [field.name for field in Patient._meta.fields if field.name != "id"]
    agree(Patient.objects.get(**ana))
    before, words = list(Patient.objects.order_by("last_name").values(*names)), agreed()
    raw, _ = sheets.as_file(exporting.patients(Patient.objects.order_by("pk")), kind)
    assert len(told(run(importing_patients, raw, clinic, is_trial=True))) == 2
    Patient.objects.update(last_name="Somebody", date_of_birth=None, phone="", email="")
    assert run(importing_patients, raw, clinic).entries == 2
    after = Patient.objects.exclude(last_name="Somebody").order_by("last_name").values(*names)
    assert list(after) == before
    assert agreed() == words


def test_a_doctor_of_another_clinic_or_who_has_left_comes_in_again() -> None:
    clinic, elsewhere = a_clinic(), factories.ClinicFactory()
    doctors = [
        factories.ProviderFactory(name="Dr. Gray", clinics=[elsewhere]),
        factories.ProviderFactory(name="Dr. Far", clinics=[elsewhere]),
        factories.ProviderFactory(name="Dr. Gone", clinics=[clinic], active=False),
    ]
    own = Provider.objects.get(name="Dr. Gray", clinics=clinic)
    names = ("Dr. Gray", "dr. far", "Dr. Gone")
    rows = [f"{name},Ana,1980-01-31,,,,,,,,{name}," for name in names]
    assert patients(*rows, clinic=clinic, head=MORE).is_stored
    found = dict(Patient.objects.values_list("last_name", "primary_provider"))
    assert found == {"Dr. Gray": own.pk, "dr. far": doctors[1].pk, "Dr. Gone": doctors[2].pk}


def agree(patient: Patient) -> None:
    """By every other channel as well; one of them was taken back."""
    for channel, given in (("email", True), ("whatsapp", True), ("whatsapp", False), ("greeting", True)):
        word = Word(channel=channel, given=given, source="staff", words=f"={channel}")
        consenting.record(patient_id=patient.pk, word=word, by="desk", now=timezone.now())


def agreed() -> list[tuple[str, str]]:
    """The channels to which whoever is on the books agrees now, and the words."""
    last = Consent.objects.exclude(patient__last_name="Somebody").order_by("patient", "channel", "-pk")
    return sorted((row.channel, row.words) for row in last.distinct("patient", "channel") if row.given)


def test_a_thousand_patients_cost_no_more_queries_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = a_clinic()

    def queries(number: int, of: str) -> int:
        rows = [f"{of},N{place},1980-01-01,," for place in range(number)]
        with CaptureQueriesContext(connection) as seen:
            assert patients(*rows, clinic=clinic).entries == number
        return len(seen)

    assert queries(1, "One") == queries(1000, "Many")


def test_a_patient_whom_the_verb_refuses_keeps_all_of_the_file_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise registering.RegisteringError("phone", "Taken meanwhile.")

    monkeypatch.setattr(registering, "register_all", refuse)
    with pytest.raises(Exception, match=r"Nothing is stored: Taken meanwhile\."):
        patients(ANA, clinic=a_clinic())
    assert not AuditEvent.objects.filter(verb="patients.imported").exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_words_of_a_consent_calculate_nothing(kind: str) -> None:
    clinic = a_clinic()
    patients(f'{ANA},yes,"=HYPERLINK(1)"', clinic=clinic, head=f"{PEOPLE},consent,consent_words")
    rows = exporting.patients(Patient.objects.order_by("pk"))
    assert rows["consent_words"] == ["'=HYPERLINK(1)"]
    assert b"=HYPERLINK" not in sheets.as_file(rows, kind)[0].replace(b"'=HYPERLINK", b"")


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_sent_twice_at_once_is_stored_once() -> None:
    clinic = a_clinic()
    with psycopg.connect(database_url()) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(%s, 0)", [FILE_LOCK])
        with pytest.raises(BadFile, match="Another file is being stored"):
            patients(ANA, clinic=clinic)
        assert patients(ANA, clinic=clinic, is_trial=True).entries == 1
    assert patients(ANA, clinic=clinic).entries == 1
    assert patients(ANA, clinic=clinic).entries == 0
