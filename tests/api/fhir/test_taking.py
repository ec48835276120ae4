"""What another program says of its calendar by FHIR."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from clinic.models import Appointment, Patient
from clinic.states import AppointmentStatus
from integrations import handling, receiving, sealing
from integrations.models import FeedMessage, Parked
from staff.roles import AUDITOR, FRONT_DESK
from tests.api.fhir.conftest import Program
from tests.api.fhir.ehr import BASE, MEDIA, Ehr
from tests.factories import UserFactory
from tests.integrations.fhir.examples import appointment, participant, patient, reference
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ehr(clock: time_machine.Traveller, db: None) -> Ehr:
    return Ehr()


def changed(minute: int, **more: Any) -> dict[str, Any]:
    """The visit as it stood at that minute of the morning."""
    return appointment(meta={"lastUpdated": f"2026-03-02T15:{minute:02d}:00Z"}, **more)


def booked(ehr: Ehr) -> Appointment:
    assert ehr.post(patient()).status_code == 201
    assert ehr.post(changed(0)).status_code == 201
    return Appointment.objects.get()


def test_a_patient_is_registered_without_any_consent(ehr: Ehr) -> None:
    answer = ehr.post(patient())
    known = Patient.objects.get()
    assert (answer.status_code, answer.json()["resourceType"]) == (201, "OperationOutcome")
    assert answer.headers["Location"].endswith(f"{BASE}/Patient/{known.pk}")
    assert (known.first_name, known.phone, known.language, known.sms_consent) == (
        "Alice",
        "+12025550123",
        "es",
        False,
    )


def test_a_visit_stands_in_the_calendar_and_says_where(ehr: Ehr) -> None:
    ehr.post(patient())
    answer = ehr.post(appointment())
    visit = Appointment.objects.get()
    assert answer.status_code == 201
    assert (visit.provider, visit.clinic, visit.visit_type) == (ehr.provider, ehr.clinic, ehr.kind)
    assert visit.starts_at == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
    assert (visit.source, visit.is_fact) == ("feed", True)
    read = ehr.client.get(answer.headers["Location"].partition("testserver")[2] or answer.headers["Location"])
    assert read.json()["start"] == "2026-03-10T14:00:00Z"


def test_a_visit_that_carries_its_patient_needs_no_other_message(ehr: Ehr) -> None:
    who = patient(id="who")
    others = appointment()["participant"][1:]
    visit = appointment(contained=[who], participant=[participant(reference("#who")), *others])
    assert ehr.post(visit).status_code == 201
    assert Appointment.objects.get().patient.first_name == "Alice"


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        ("cancelled", AppointmentStatus.CANCELLED),
        ("noshow", AppointmentStatus.NO_SHOW),
        ("arrived", AppointmentStatus.ARRIVED),
        ("fulfilled", AppointmentStatus.COMPLETED),
        ("entered-in-error", AppointmentStatus.CANCELLED),
    ],
)
def test_what_becomes_of_a_visit_is_followed(ehr: Ehr, status: str, stands: str) -> None:
    visit = booked(ehr)
    answer = ehr.post(changed(1, status=status))
    visit.refresh_from_db()
    assert (answer.status_code, visit.status) == (200, stands)
    assert answer.headers["Location"].endswith(f"/Appointment/{visit.pk}")


def test_the_time_of_a_cancelled_visit_is_to_be_offered(ehr: Ehr) -> None:
    visit = booked(ehr)
    ehr.post(changed(1, status="cancelled"))
    visit.refresh_from_db()
    assert visit.offer_slot


@pytest.mark.parametrize("status", ["noshow", "entered-in-error"])
def test_the_time_of_a_visit_that_was_none_is_not_offered(ehr: Ehr, status: str) -> None:
    visit = booked(ehr)
    ehr.post(changed(1, status=status))
    visit.refresh_from_db()
    assert not visit.offer_slot


def test_an_older_word_changes_nothing(ehr: Ehr) -> None:
    visit = booked(ehr)
    ehr.post(changed(2, status="cancelled"))
    assert ehr.post(changed(1)).status_code == 200
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.CANCELLED


def test_the_same_words_sent_twice_count_once(ehr: Ehr) -> None:
    booked(ehr)
    again = ehr.post(changed(0))
    assert (again.status_code, Appointment.objects.count(), FeedMessage.objects.count()) == (200, 1, 2)


def test_words_without_a_version_may_be_news_once_more(ehr: Ehr, clock: time_machine.Traveller) -> None:
    ehr.post(patient())
    for status in ("booked", "cancelled", "booked"):
        clock.shift(1)
        assert ehr.post(appointment(meta=None, status=status)).status_code in (200, 201)
    assert Appointment.objects.filter(status=AppointmentStatus.BOOKED).count() == 1


@pytest.mark.parametrize(
    "over",
    [
        {"status": "booked"},
        {"status": "fulfilled"},
        {"status": "cancelled"},
        {"status": "cancelled", "start": None, "end": None, "minutesDuration": None},
        {"status": "booked", "requestedPeriod": [{"start": "2026-03-05"}]},
        {"status": "noshow", "participant": [participant(reference("Location/lake"))]},
    ],
    ids=["booked", "fulfilled", "cancelled", "cancelled before", "booked as wished", "without its patient"],
)
def test_a_wish_stands_on_the_waitlist_until_it_is_over(ehr: Ehr, over: dict[str, Any]) -> None:
    ehr.post(patient())
    wished = {"start": None, "end": None, "minutesDuration": None}
    assert ehr.post(changed(0, status="waitlist", **wished)).status_code == 200
    assert WaitlistEntry.objects.in_line().get().visit_type == ehr.kind
    ehr.post(changed(1, **over))
    assert not WaitlistEntry.objects.in_line().exists()


def test_a_patient_who_has_died_is_known_to_have(ehr: Ehr) -> None:
    ehr.post(patient())
    dead = patient(meta={"lastUpdated": "2026-03-02T15:00:00Z"}, deceasedBoolean=True)
    assert ehr.post(dead).status_code == 200
    assert Patient.objects.get().status == Patient.Status.DECEASED


def test_an_unknown_code_waits_for_staff_and_takes_effect_then(ehr: Ehr) -> None:
    ehr.post(patient())
    others = [participant(reference("Practitioner/new")), appointment()["participant"][2]]
    answer = ehr.post(appointment(participant=[participant(reference("Patient/p-1")), *others]))
    said = answer.json()["issue"]
    assert (answer.status_code, said[1]["code"]) == (202, "code-invalid")
    assert said[1]["expression"] == ["Appointment.participant.actor"]
    assert Parked.objects.get().code == "Practitioner/new"


def test_a_visit_whose_patient_nobody_knows_waits_until_somebody_says_who(ehr: Ehr) -> None:
    answer = ehr.post(appointment())
    assert (answer.status_code, Parked.objects.get().why) == (202, "unknown_patient")
    ehr.post(patient())
    handling.sweep(clock=timezone.now)
    assert Appointment.objects.get().patient.first_name == "Alice"
    assert Parked.objects.get().resolution == "replayed"


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        (appointment(status="bogus"), 400, "code-invalid", "Appointment.status"),
        (appointment(status="proposed"), 422, "not-supported", "Appointment.status"),
        (appointment(id=None, identifier=None), 422, "required", "Appointment.identifier"),
        (appointment(start=None, end=None), 422, "required", "Appointment.start"),
        (appointment(start="2026-03-10T09:00:00"), 400, "value", "Appointment.start"),
        (patient(), 400, "structure", "resourceType"),
        ({}, 400, "structure", "resourceType"),
        (b"{", 400, "structure", None),
        (b"", 400, "structure", None),
        (b"[]", 400, "structure", None),
        (b"\xff", 400, "structure", None),
    ],
)
def test_what_is_refused_says_what_and_where_and_is_kept(
    ehr: Ehr, body: Any, status: int, code: str, where: str | None
) -> None:
    answer = ehr.post(body, "/Appointment")
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["code"], issue.get("expression", [None])[0]) == (status, code, where)
    kept = FeedMessage.objects.get()
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert (kept.status, sealing.unseal(bytes(kept.body))) == ("parked", sent)
    assert not Appointment.objects.exists()


def test_plain_json_is_taken_as_well(ehr: Ehr) -> None:
    assert ehr.post(patient(), media="application/json").status_code == 201


@pytest.mark.parametrize("media", ["application/fhir+xml", "text/plain", ""])
def test_another_format_is_refused(ehr: Ehr, media: str) -> None:
    answer = ehr.post(patient(), media=media)
    assert (answer.status_code, answer.json()["resourceType"]) == (415, "OperationOutcome")


def test_a_body_beyond_the_limit_is_refused(ehr: Ehr, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = ehr.post(appointment(comment="x" * 2000))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-long")


def test_a_database_that_is_down_is_a_503(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_: object) -> None:
        raise OperationalError("server closed the connection: a name that stays inside")

    monkeypatch.setattr(receiving, "store", gone)
    answer = ehr.post(patient())
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
    assert "name" not in answer.content.decode()


def test_without_a_key_to_seal_it_nothing_is_taken(ehr: Ehr, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    assert ehr.post(patient()).status_code == 503


def test_an_account_without_a_source_says_nothing(ehr: Ehr) -> None:
    ehr.client.force_authenticate(UserFactory(roles=[FRONT_DESK]))
    answer = ehr.post(patient())
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden")


def test_a_source_that_is_off_says_nothing(ehr: Ehr) -> None:
    ehr.source.active = False
    ehr.source.save(update_fields=["active"])
    assert ehr.post(patient()).status_code == 403


def test_an_account_that_may_only_look_says_nothing(ehr: Ehr) -> None:
    looker = UserFactory(roles=[AUDITOR])
    ehr.source.user = looker
    ehr.source.save(update_fields=["user"])
    ehr.client.force_authenticate(looker)
    assert ehr.post(patient()).status_code == 403
    assert ehr.post(appointment()).status_code == 403


def test_a_program_writes_with_the_scope_for_it(ehr: Ehr, program: Program) -> None:
    writer = program("system/Patient.write", user=ehr.source.user)
    sent = json.dumps(patient())
    assert writer.generic("POST", f"{BASE}/Patient", sent, content_type=MEDIA).status_code == 201
    visit = json.dumps(appointment())
    assert writer.generic("POST", f"{BASE}/Appointment", visit, content_type=MEDIA).status_code == 403


def test_what_fails_here_is_accepted_and_tried_again(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations import applying

    def fails(**_: object) -> None:
        raise RuntimeError("a name that stays inside")

    monkeypatch.setattr(applying, "apply", fails)
    answer = ehr.post(patient())
    assert (answer.status_code, FeedMessage.objects.get().status) == (202, "received")
    assert "name" not in answer.content.decode()
