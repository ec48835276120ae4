"""Files of patients and of visits in, after trying them out; and out again. Both as staff meet them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic.models import Appointment, Clinic, Patient
from core import files
from core.models import AuditEvent
from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests import factories
from tests.clinic.filing import ANA, BEN, PEOPLE, VISITS, a_clinic, file, visit

pytestmark = pytest.mark.django_db
SORTS = {
    "patients": (file("Miller,Ana,,(312) 555-0142,", head=PEOPLE), "patients.imported", Patient),
    "appointments": (file(visit(ANA, "2199-03-29 09:00"), head=VISITS), "appointments.imported", Appointment),
}


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def manager(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[MANAGER], clinics=(clinic,))
    client.force_login(made)
    return made


def hand_in(client: Client, clinic: Clinic, raw: bytes, *, sort: str, **said: Any) -> Any:
    upload = SimpleUploadedFile("list.csv", raw)
    return client.post(f"/{sort}/import/", {"clinic": clinic.pk, "file": upload, **said})


@pytest.mark.parametrize("sort", SORTS)
def test_a_file_is_tried_out_and_then_stored(
    client: Client, manager: User, clinic: Clinic, sort: str
) -> None:
    raw, verb, model = SORTS[sort]
    page = hand_in(client, clinic, raw, sort=sort, **{"try": "1"}).content.decode()
    assert "Store one row" in page
    assert not model._default_manager.exists()
    tried = re.search(r'name="tried" value="(\w+)"', page)
    assert tried
    assert hand_in(client, clinic, raw + b" ", sort=sort, store="1", tried=tried[1]).status_code == 422
    done = hand_in(client, clinic, raw, sort=sort, store="1", tried=tried[1])
    assert done["Location"] == f"/{sort}/?clinic={clinic.pk}"
    assert model._default_manager.count() == 1
    event = AuditEvent.objects.get(verb=verb)
    assert (event.actor, event.place) == (manager.username, clinic.pk)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "file is empty"),
        (b"last_name,first_name\r\n", "must also name|no row below"),
        ("last_name,first_name\r\nMuñoz,Ana".encode("latin-1"), "not in UTF-8"),
        (b"last_name\x00", "This is no text"),
        (b"PK\x03\x04", "no spreadsheet that can be read"),
        (b"x" * (files.LARGEST_BYTES + 1), "at most 5 MB"),
        (b"last_name,first_name,shoe_size\r\nM,A,9", "no column"),
    ],
)
def test_a_bad_file_is_answered_at_the_field(
    client: Client, manager: User, clinic: Clinic, sort: str, raw: bytes, reason: str
) -> None:
    answer = hand_in(client, clinic, raw, sort=sort, **{"try": "1"})
    assert answer.status_code == 422
    assert re.search(reason, answer.content.decode())


def test_a_hundred_thousand_rows_are_refused_before_any_is_looked_at(
    client: Client, manager: User, clinic: Clinic
) -> None:
    raw = file(*["M,A,,,"] * 100_000, head=PEOPLE)
    assert "more than 5000 rows" in hand_in(client, clinic, raw, sort="patients").content.decode()


def test_a_visit_of_somebody_whom_the_user_may_not_see_is_of_somebody_new(
    client: Client, manager: User, clinic: Clinic
) -> None:
    hidden = factories.PatientFactory(first_name="Ana", last_name="Miller", phone="+13125550142")
    factories.AppointmentFactory(patient=hidden)
    page = hand_in(client, clinic, SORTS["appointments"][0], sort="appointments").content.decode()
    assert re.search(r"New on the books</dt>\s*<dd>1<", page)
    other = factories.ClinicFactory()
    assert hand_in(client, other, SORTS["appointments"][0], sort="appointments").status_code == 422


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_is_of_the_users_clinics_and_written_down(
    client: Client, manager: User, clinic: Clinic, kind: str
) -> None:
    ours = factories.AppointmentFactory(clinic=clinic)
    factories.AppointmentFactory()
    for sort, counted in (("patients", "patients"), ("appointments", "visits")):
        answer = client.get(f"/{sort}/export.{kind}")
        assert f'filename="{sort}-' in answer["Content-Disposition"]
        event = AuditEvent.objects.get(verb=f"{sort}.exported")
        assert (event.actor, event.data[counted], event.data["kind"]) == (manager.username, 1, kind)
    if kind == "csv":
        assert ours.patient.last_name.encode() in client.get("/patients/export.csv").content


def test_no_more_goes_out_at_once_than_may_come_in(
    client: Client, manager: User, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    for _ in range(3):
        factories.AppointmentFactory(clinic=clinic)
    assert "1–2" in client.get("/patients/export/").content.decode()
    assert client.get("/patients/export.csv?part=2").content.count(b"\r\n") == 2
    assert client.get("/patients/export.csv?part=3").status_code == 422
    refused = client.get("/appointments/export.csv")
    assert refused.status_code == 422
    assert "choose fewer days" in refused.content.decode()


@pytest.mark.parametrize("query", ["first_on=2026-02-01&last_on=2026-01-01", "first_on=x", "clinic=0"])
def test_days_or_a_clinic_that_are_none_are_answered_at_the_field(
    client: Client, manager: User, query: str
) -> None:
    answer = client.get(f"/appointments/export.csv?{query}")
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_the_front_desk_hands_in_and_an_auditor_does_neither(client: Client, clinic: Clinic) -> None:
    for role, status in ((FRONT_DESK, 200), (AUDITOR, 403)):
        client.force_login(factories.UserFactory(roles=[role], clinics=(clinic,)))
        for sort in SORTS:
            assert client.get(f"/{sort}/import/").status_code == status
            assert client.get(f"/{sort}/export.csv").status_code == 403
            page = client.get(f"/{sort}/").content.decode()
            assert (f"/{sort}/import/" in page) == (status == 200)
            assert f"/{sort}/export" not in page


def test_a_row_that_cannot_be_is_named_with_its_line_and_column(
    client: Client, manager: User, clinic: Clinic
) -> None:
    raw = file(visit(ANA, "2199-03-29 09:00"), visit(BEN, "2199-03-29 09:15"), head=VISITS)
    page = hand_in(client, clinic, raw, sort="appointments", **{"try": "1"}).content.decode()
    assert "Line 3, start: The provider has another visit from 09:00 to 09:30." in page
    assert "Store" not in page
