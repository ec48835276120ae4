"""Patients and visits by a Bundle."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Appointment, Patient
from integrations import handling, parking, receiving
from integrations.codes import Meaning
from integrations.fhir import bundling
from integrations.models import FeedMessage, Parked
from tests.api.fhir.conftest import Program
from tests.api.fhir.ehr import BASE, MEDIA, Ehr
from tests.factories import PatientFactory
from tests.integrations.fhir.examples import Json, appointment, bundle, participant, patient, reference

pytestmark = pytest.mark.django_db

BOB = patient(id="p-2", identifier=None, name=[{"family": "Example", "given": ["Bob"]}])
KINDS = ["batch", "transaction"]


@pytest.fixture
def ehr(clock: time_machine.Traveller, db: None) -> Ehr:
    return Ehr()


def asked(*resources: Json, kind: str = "batch", **request: Any) -> Json:
    """A Bundle that asks to create each of them."""
    whole = bundle(*resources, kind=kind)
    for entry in whole["entry"]:
        url = entry["resource"].get("resourceType", "Patient")
        entry["request"] = {"method": "POST", "url": url, **request}
    return whole


def statuses(answer: Any) -> list[str]:
    return [entry["response"]["status"] for entry in answer.json()["entry"]]


@pytest.mark.parametrize("kind", KINDS)
def test_patients_and_their_visits_come_in_together(ehr: Ehr, kind: str) -> None:
    answer = ehr.post(asked(appointment(), patient(), kind=kind))
    assert (answer.status_code, answer.json()["type"]) == (200, f"{kind}-response")
    assert statuses(answer) == ["201 Created", "201 Created"] if kind == "transaction" else True
    visit = Appointment.objects.get()
    locations = [entry["response"]["location"] for entry in answer.json()["entry"]]
    assert [where.partition(BASE)[2] for where in locations] == [
        f"/Appointment/{visit.pk}",
        f"/Patient/{visit.patient_id}",
    ]


def test_a_collection_needs_no_requests(ehr: Ehr) -> None:
    answer = ehr.post(bundle(patient(), BOB))
    assert statuses(answer) == ["201 Created", "201 Created"]
    assert Patient.objects.count() == 2


def test_an_entry_names_the_one_beside_it_by_its_address(ehr: Ehr) -> None:
    others = appointment()["participant"][1:]
    visit = appointment(participant=[participant(reference("urn:uuid:1")), *others])
    assert statuses(ehr.post(asked(visit, patient(id=None))))[0] == "201 Created"
    assert Appointment.objects.get().patient.first_name == "Alice"


def test_of_a_batch_the_others_go_on_where_one_is_at_fault(ehr: Ehr) -> None:
    answer = ehr.post(asked(patient(gender="bogus"), BOB))
    assert statuses(answer) == ["400 Bad Request", "201 Created"]
    assert answer.json()["entry"][0]["response"]["outcome"]["issue"][0]["expression"] == ["Patient.gender"]


def test_of_a_transaction_nothing_goes_on_where_one_is_at_fault(ehr: Ehr) -> None:
    answer = ehr.post(asked(patient(gender="bogus"), patient(id="p-2"), kind="transaction"))
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.gender"]
    assert (Patient.objects.count(), FeedMessage.objects.get().status) == (0, "parked")


def test_of_a_transaction_nothing_goes_on_where_one_can_never_be(ehr: Ehr) -> None:
    answer = ehr.post(asked(patient(), appointment(status="pending"), kind="transaction"))
    assert (answer.status_code, Patient.objects.count()) == (422, 0)


TWIN = {"phone": "+12025550123", "date_of_birth": date(1980, 5, 6)}
# A patient's own rows, from the message to the audit line.
MOST_QUERIES = 15
STRANGE = [participant(reference("Practitioner/new")), participant(reference("Patient/p-1"))]


def test_of_a_batch_what_waits_for_staff_is_accepted_and_the_others_go_on(ehr: Ehr) -> None:
    answer = ehr.post(asked(patient(), appointment(participant=STRANGE)))
    assert statuses(answer) == ["201 Created", "202 Accepted"]
    assert Patient.objects.count() == 1


def test_of_a_transaction_all_waits_where_one_does_and_takes_effect_together(ehr: Ehr) -> None:
    answer = ehr.post(asked(patient(), BOB, appointment(participant=STRANGE), kind="transaction"))
    assert statuses(answer) == ["202 Accepted"] * 3
    assert (Patient.objects.count(), Appointment.objects.count()) == (0, 0)
    item, meaning = Parked.objects.get(), Meaning(record_id=ehr.provider.pk)
    parking.map_code(parked_id=item.pk, meaning=meaning, by="manager", now=timezone.now())
    handling.sweep(clock=timezone.now)
    assert (Patient.objects.count(), Appointment.objects.count()) == (2, 1)


def test_of_a_transaction_somebody_who_may_be_on_the_books_is_asked_about(ehr: Ehr) -> None:
    first = patient()
    PatientFactory(first_name="Alice", last_name="Example", **TWIN)
    assert statuses(ehr.post(asked(first, BOB, kind="transaction"))) == ["202 Accepted"] * 2
    assert Patient.objects.count() == 1
    item = Parked.objects.get()
    parking.decide_person(parked_id=item.pk, is_same=True, by="manager", now=timezone.now())
    handling.sweep(clock=timezone.now)
    assert sorted(Patient.objects.values_list("first_name", flat=True)) == ["Alice", "Bob"]


def test_a_batch_asks_for_no_address_twice(ehr: Ehr) -> None:
    """Ten more patients cost no more than their own rows."""
    costs = [asked_for(ehr, range(2)), asked_for(ehr, range(100, 112))]
    assert (costs[1] - costs[0]) / 10 <= MOST_QUERIES
    assert FeedMessage.objects.filter(status="handled").count() == 14


def asked_for(ehr: Ehr, numbers: range) -> int:
    people = [patient(id=f"p-{n}", identifier=None, telecom=None) for n in numbers]
    with CaptureQueriesContext(connection) as queries:
        assert set(statuses(ehr.post(asked(*people)))) == {"201 Created"}
    return len([each for each in queries if "SAVEPOINT" not in each["sql"]])


def test_what_is_acted_on_at_once_wakes_no_worker(
    ehr: Ehr, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    monkeypatch.setattr(handling, "handle_several", lambda **_: 0)
    assert statuses(ehr.post(asked(patient()))) == ["202 Accepted"]
    assert handling.sweep(clock=timezone.now) == 0
    clock.shift(receiving.AT_HAND)
    assert handling.sweep(clock=timezone.now) == 1


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (bundle(patient(), kind="history"), "Bundle.type"),
        (bundle(patient(), kind="bogus"), "Bundle.type"),
        (bundle(patient(), kind="batch"), "Bundle.entry[0].request"),
        (asked(patient(), method="DELETE"), "Bundle.entry[0].request.method"),
        (asked(patient(), method="BOGUS"), "Bundle.entry[0].request.method"),
        (asked(patient(), ifNoneExist="identifier=1"), "Bundle.entry[0].request.ifNoneExist"),
        (asked({"resourceType": "Observation"}), "Bundle.entry[0].resource"),
        (asked({}), "Bundle.entry[0].resource"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [None]}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, "Bundle.entry"),
        ({"resourceType": "Bundle"}, "Bundle.type"),
    ],
)
def test_a_bundle_that_cannot_be_taken_apart_is_refused_and_kept(ehr: Ehr, sent: Json, where: str) -> None:
    answer = ehr.post(sent)
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (400, [where])
    assert FeedMessage.objects.get().status == "parked"


def test_a_bundle_is_not_endless(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "MOST_ENTRIES", 1)
    answer = ehr.post(bundle(patient(), patient()))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")


def test_an_empty_bundle_is_answered_by_an_empty_one(ehr: Ehr) -> None:
    answer = ehr.post({"resourceType": "Bundle", "type": "batch"})
    assert answer.json() == {"resourceType": "Bundle", "type": "batch-response"}


@pytest.mark.parametrize("path", ["", "/"])
def test_the_base_is_posted_to_with_a_slash_or_without(ehr: Ehr, path: str) -> None:
    assert ehr.post(bundle(patient()), path).status_code == 200


def test_a_bundle_takes_the_scopes_of_what_it_holds(ehr: Ehr, program: Program) -> None:
    writer = program("system/Patient.write", user=ehr.source.user)
    alone, both = (json.dumps(bundle(*held)) for held in ([patient()], [patient(), appointment()]))
    assert writer.generic("POST", BASE, both, content_type=MEDIA).status_code == 403
    assert not Patient.objects.exists()
    assert writer.generic("POST", BASE, alone, content_type=MEDIA).status_code == 200
