"""Visits, slots and patients as FHIR R4."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fhir.resources.R4B.slot import Slot
from rest_framework.test import APIClient

from clinic.models import Appointment, Patient
from clinic.states import AppointmentStatus
from integrations.facts import VisitFact
from integrations.fhir import checking, references, visits, writing
from offers.models import Cancellation
from offers.states import CancellationStatus
from staff.roles import FRONT_DESK
from tests.api.conftest import ClientOf
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

BASE = "/api/v1/fhir"
NINE = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def read(client: APIClient, path: str, **headers: str) -> Any:
    return client.get(f"{BASE}/{path}", headers=headers)


def written(kind: str, row: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(writing, kind)(row, base="https://w.example.org/fhir")
    return found


def test_a_visit_says_when_with_whom_and_where(desk: APIClient) -> None:
    visit = AppointmentFactory(starts_at=NINE)
    found = read(desk, f"Appointment/{visit.pk}").json()
    assert (found["id"], found["status"], found["start"], found["end"], found["minutesDuration"]) == (
        str(visit.pk),
        "booked",
        "2026-03-10T14:00:00Z",
        "2026-03-10T14:30:00Z",
        30,
    )
    assert [part["actor"]["reference"] for part in found["participant"]] == [
        f"Patient/{visit.patient_id}",
        f"Practitioner/{visit.provider_id}",
        f"Location/{visit.clinic_id}",
    ]


@pytest.mark.parametrize("status", AppointmentStatus)
def test_every_status_of_a_visit_is_one_that_r4_knows(status: str) -> None:
    found = written("appointment", AppointmentFactory(status=status))
    checking.checked(found, "Appointment")


@pytest.mark.parametrize("status", CancellationStatus)
def test_every_status_of_a_slot_is_one_that_r4_knows(status: str) -> None:
    found = written("slot", CancellationFactory(status=status))
    assert found["status"] in ("free", "busy", "busy-unavailable")
    assert list(checking.faults(found, Slot.model_validate(found), "Slot")) == []


def test_a_visit_that_we_write_reads_as_it_was_written() -> None:
    visit = AppointmentFactory(starts_at=NINE)
    model = checking.checked(written("appointment", visit), "Appointment")
    (fact,) = visits.facts(model, said_at=NINE, around=references.around(model))
    assert isinstance(fact, VisitFact)
    assert (fact.starts_at, fact.ends_at) == (visit.starts_at, visit.ends_at)
    assert fact.provider is not None
    assert fact.provider.value == f"Practitioner/{visit.provider_id}"


def somebody() -> Patient:
    patient: Patient = PatientFactory(date_of_birth=date(1980, 5, 6), email="a@example.org")
    patient.primary_provider = ProviderFactory()
    return patient


@pytest.mark.parametrize(
    ("kind", "made", "model"),
    [
        ("patient", somebody, checking.MODELS["Patient"]),
        ("appointment", AppointmentFactory, checking.MODELS["Appointment"]),
        ("slot", CancellationFactory, Slot),
    ],
)
def test_what_we_write_is_what_the_models_of_r4_write(kind: str, made: Any, model: Any) -> None:
    found = written(kind, made())
    read_in = model.model_validate(found)
    assert list(checking.faults(found, read_in, kind.capitalize())) == []
    assert read_in.model_dump(mode="json") == found


def test_a_patient_who_has_died_says_so() -> None:
    found = written("patient", PatientFactory(status=Patient.Status.DECEASED))
    assert (found["active"], found["deceasedBoolean"]) == (False, True)


def test_a_visit_that_was_moved_is_cancelled_there(desk: APIClient) -> None:
    visit = AppointmentFactory(status=AppointmentStatus.RESCHEDULED)
    assert read(desk, f"Appointment/{visit.pk}").json()["status"] == "cancelled"


def test_a_visit_tells_neither_a_name_nor_why_it_was_cancelled(desk: APIClient) -> None:
    patient = PatientFactory(first_name="ZZFIRST", last_name="ZZLAST")
    visit = AppointmentFactory(patient=patient, status="cancelled", cancel_reason="ZZREASON")
    assert "ZZ" not in read(desk, f"Appointment/{visit.pk}").content.decode()


@pytest.mark.parametrize("name", ["0", "999999", "9" * 40, "a.b-C", "%00", "1%2F2"])
@pytest.mark.parametrize("kind", ["Appointment", "Slot", "Patient"])
def test_a_resource_that_is_not_there_is_a_404(desk: APIClient, kind: str, name: str) -> None:
    response = read(desk, f"{kind}/{name}")
    assert response.status_code == 404
    assert response.json()["issue"][0]["code"] == "not-found"


def test_a_version_that_is_known_is_not_sent_again(desk: APIClient) -> None:
    visit = AppointmentFactory()
    first = read(desk, f"Appointment/{visit.pk}")
    etag = first.headers["ETag"]
    assert etag == f'W/"{first.json()["meta"]["versionId"]}"'
    assert read(desk, f"Appointment/{visit.pk}", **{"If-None-Match": etag}).status_code == 304
    Appointment.objects.filter(pk=visit.pk).update(status=AppointmentStatus.ARRIVED)
    assert read(desk, f"Appointment/{visit.pk}", **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("accept", ["application/fhir+json", "*/*", "application/fhir+json; fhirVersion=4.0"])
def test_the_answer_is_fhirs_json(desk: APIClient, accept: str) -> None:
    answer = read(desk, f"Patient/{PatientFactory().pk}", accept=accept)
    assert answer.headers["Content-Type"].startswith("application/fhir+json")


def test_who_asks_for_plain_json_gets_it(desk: APIClient) -> None:
    answer = read(desk, f"Patient/{PatientFactory().pk}", accept="application/json")
    assert answer.headers["Content-Type"] == "application/json"


def test_who_asks_for_xml_is_told_that_there_is_none(desk: APIClient) -> None:
    answer = read(desk, f"Patient/{PatientFactory().pk}", accept="application/fhir+xml")
    assert (answer.status_code, answer.json()["resourceType"]) == (406, "OperationOutcome")


def test_who_works_elsewhere_sees_none_of_it(client_of: ClientOf) -> None:
    visit, slot = AppointmentFactory(), CancellationFactory()
    desk = client_of(FRONT_DESK)
    stranger = UserFactory(roles=[FRONT_DESK], clinics=(ClinicFactory(),))
    desk.force_authenticate(stranger)
    for path in (f"Appointment/{visit.pk}", f"Patient/{visit.patient_id}", f"Slot/{slot.pk}"):
        assert read(desk, path).status_code == 404
    assert read(desk, "Appointment").json()["total"] == 0
    assert read(desk, "Slot").json()["total"] == 0


def test_a_slot_carries_whose_it_is(desk: APIClient) -> None:
    slot: Cancellation = CancellationFactory()
    found = read(desk, f"Slot/{slot.pk}").json()
    assert found["schedule"] == {"reference": "#schedule"}
    assert [actor["reference"] for actor in found["contained"][0]["actor"]] == [
        f"Practitioner/{slot.provider_id}",
        f"Location/{slot.clinic_id}",
    ]


def test_a_visit_that_fills_a_slot_names_it(desk: APIClient) -> None:
    slot = CancellationFactory(status=CancellationStatus.FILLED)
    visit = AppointmentFactory(fills_slot=slot.pk)
    assert read(desk, f"Appointment/{visit.pk}").json()["slot"] == [{"reference": f"Slot/{slot.pk}"}]


def test_a_visit_of_a_minute_and_more_says_whole_minutes() -> None:
    visit = AppointmentFactory(starts_at=NINE, ends_at=NINE + timedelta(seconds=90))
    assert written("appointment", visit)["minutesDuration"] == 1
