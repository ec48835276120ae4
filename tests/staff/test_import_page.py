"""A file in, after trying it out; the list out. Both as staff meet them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic.models import Clinic, Patient
from core import files
from core.models import AuditEvent
from staff.roles import FRONT_DESK, MANAGER
from tests import factories
from tests.waitlist.filing import a_clinic, csv
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db
ANA = "Miller,Ana,(312) 555-0142,Check-up,"


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def manager(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[MANAGER], clinics=(clinic,))
    client.force_login(made)
    return made


def hand_in(client: Client, clinic: Clinic, raw: bytes, **said: Any) -> Any:
    # The name says nothing: what is in the file does.
    file = SimpleUploadedFile("../../list.exe", raw)
    return client.post("/waitlist/import/", {"clinic": clinic.pk, "file": file, **said})


def tried(client: Client, clinic: Clinic, raw: bytes) -> str:
    page = hand_in(client, clinic, raw, **{"try": "1"}).content.decode()
    found = re.search(r'name="tried" value="(\w*)"', page)
    assert found
    return found[1]


def test_a_file_is_tried_out_and_then_stored_as_it_was(client: Client, manager: User, clinic: Clinic) -> None:
    raw = csv(ANA)
    page = hand_in(client, clinic, raw, **{"try": "1"})
    assert page.status_code == 200
    assert "Store one row" in page.content.decode()
    assert not Patient.objects.exists()
    done = hand_in(client, clinic, raw, store="1", tried=tried(client, clinic, raw))
    assert done["Location"] == f"/waitlist/?clinic={clinic.pk}"
    assert WaitlistEntry.objects.get().patient.phone == "+13125550142"
    assert AuditEvent.objects.get(verb="waitlist.imported").actor == manager.username


def test_a_row_with_two_faults_is_one_wrong_row(client: Client, manager: User, clinic: Clinic) -> None:
    raw = csv("Miller,Ana,123,Surgery,", ANA.replace("Ana", "Ben"))
    page = hand_in(client, clinic, raw, **{"try": "1"}).content.decode()
    assert page.count("<li>Line 2,") == 2
    assert "<dt>Wrong</dt><dd>1</dd>" in page


def test_another_file_than_the_one_that_was_tried_is_not_stored(
    client: Client, manager: User, clinic: Clinic
) -> None:
    digest = tried(client, clinic, csv(ANA))
    refused = hand_in(client, clinic, csv(ANA, ANA.replace("Ana", "Ben")), store="1", tried=digest)
    assert refused.status_code == 422
    assert "not the file that was tried out" in refused.content.decode()
    assert not Patient.objects.exists()


def test_wrong_rows_and_those_left_out_are_told_apart_with_their_lines(
    client: Client, manager: User, clinic: Clinic
) -> None:
    raw = csv(ANA)
    hand_in(client, clinic, raw, store="1", tried=tried(client, clinic, raw))
    page = hand_in(client, clinic, csv(ANA, "Ortiz,Ben,12,Check-up,"), **{"try": "1"}).content.decode()
    assert "Line 3, phone: This is not a phone number" in page
    assert "Line 2: This patient waits for that visit already." in page
    assert "Store" not in page


def test_a_list_of_another_clinic_is_no_choice_and_a_hidden_patient_is_not_found(
    client: Client, manager: User, clinic: Clinic
) -> None:
    other = factories.ClinicFactory()
    assert hand_in(client, other, csv(ANA), **{"try": "1"}).status_code == 422
    who = {"first_name": "Ana", "last_name": "Miller", "phone": "+13125550142"}
    hidden = factories.WaitlistEntryFactory(**{f"patient__{name}": said for name, said in who.items()})
    raw = csv(ANA)
    hand_in(client, clinic, raw, store="1", tried=tried(client, clinic, raw))
    assert WaitlistEntry.objects.get(clinic=clinic).patient != hidden.patient


def test_a_file_that_is_too_large_is_not_taken_in(
    client: Client, manager: User, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_BYTES", 100_000)
    refused = hand_in(client, clinic, b"x" * 300_000, **{"try": "1"})
    assert refused.status_code == 422
    assert "at most 5 MB" in refused.content.decode()


def test_an_upload_from_another_site_is_refused(manager: User, clinic: Clinic) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager)
    assert hand_in(strict, clinic, csv(ANA), **{"try": "1"}).status_code == 403


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_goes_out_as_its_filter_shows_it_and_that_is_written_down(
    client: Client, manager: User, clinic: Clinic, kind: str
) -> None:
    for urgent in (True, False):
        factories.WaitlistEntryFactory(clinic=clinic, urgent=urgent)
    answer = client.get(f"/waitlist/export.{kind}?urgent=true")
    assert 'filename="waitlist-' in answer["Content-Disposition"]
    event = AuditEvent.objects.get(verb="waitlist.exported")
    assert (event.actor, event.place, event.data) == (
        manager.username,
        clinic.pk,
        {"entries": 1, "kind": kind},
    )
    other = factories.WaitlistEntryFactory()
    assert client.get(f"/waitlist/export.{kind}?clinic={other.clinic_id}").status_code == 422


def test_the_front_desk_hands_in_and_takes_nothing_away(client: Client, clinic: Clinic) -> None:
    client.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,)))
    assert client.get("/waitlist/import/").status_code == 200
    assert client.get("/waitlist/export.csv").status_code == 403
    assert "waitlist/export" not in client.get("/waitlist/").content.decode()
