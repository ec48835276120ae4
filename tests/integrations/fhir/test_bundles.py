"""What a Bundle of FHIR R4 says, and what is no resource at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.facts import Park, PersonFact, VisitFact, Why
from integrations.fhir import checking, reading
from integrations.fhir.issues import Unfit
from integrations.reader import ReaderSettings
from tests.integrations.fhir.examples import (
    EHR,
    RECEIVED,
    Json,
    appointment,
    bundle,
    only,
    participant,
    patient,
    read,
    reference,
)


def test_patients_are_said_before_their_visits() -> None:
    facts = read(bundle(appointment(), patient()))
    assert [type(fact) for fact in facts] == [PersonFact, VisitFact]


@pytest.mark.parametrize("address", ["urn:uuid:1", "Patient/p-1"])
def test_a_visit_knows_the_patient_beside_it(address: str) -> None:
    visit = appointment(participant=[participant(reference(address))])
    _, fact = read(bundle(visit, patient()))
    assert isinstance(fact, VisitFact)
    assert fact.person is not None
    assert (fact.person.first_name, fact.person.ids) == ("Alice", (f"{EHR}/mrn|MRN-1", "Patient/p-1"))


def test_the_date_of_the_bundle_is_that_of_what_has_none() -> None:
    fact = only(bundle(patient(meta=None), timestamp="2026-02-01T00:00:00Z"))
    assert fact.said_at == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (bundle(patient(), kind="searchset"), "Bundle.type"),
        (bundle(patient(), kind="transaction"), "Bundle.entry[0].request"),
        (bundle(patient(), {"resourceType": "Practitioner"}), "Bundle.entry[1].resource"),
    ],
)
def test_a_bundle_that_is_not_taken_is_not_read_later_either(sent: Json, where: str) -> None:
    with pytest.raises(Park) as found:
        read(sent)
    assert (found.value.why, found.value.where) == (Why.UNSUPPORTED, where)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe{}",
        b'{"resourceType": "Patient", "a": NaN}',
        b'{"resourceType": "Patient", "id": "a", "id": "b"}',
        b'{"resourceType": "Observation"}',
        b'{"resourceType": ["Patient"]}',
        b"{}",
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_a_body_that_is_no_resource_is_unreadable(body: bytes) -> None:
    with pytest.raises(Park) as found:
        reading.read_patient(body, zone=ZoneInfo("UTC"), received_at=RECEIVED, settings=ReaderSettings())
    assert found.value.why == Why.UNREADABLE


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"gender": "hers"}, "Patient.gender"),
        ({"telecom": [{"system": "carrier-pigeon"}]}, "Patient.telecom[0].system"),
        ({"link": [{"other": reference("Patient/1"), "type": "twin"}]}, "Patient.link[0].type"),
        ({"name": [{"use": "stage"}]}, "Patient.name[0].use"),
        ({"active": "true"}, "Patient.active"),
        ({"active": 1}, "Patient.active"),
        ({"birthDate": "1980-02-30"}, "Patient.birthDate"),
        ({"name": [{"family": "a\x00b"}]}, "Patient.name[0].family"),
        ({"name": [{"family": "\ud800"}]}, "Patient.name[0].family"),
        ({"name": {"family": "Example"}}, "Patient.name"),
        ({"telecom": [{"rank": 0}]}, "Patient.telecom[0].rank"),
        ({"name": [{"surname": "Example"}]}, "Patient.name[0]"),
        ({"contained": [{"resourceType": "Patient", "gender": "x"}]}, "Patient.contained[0].gender"),
        ({"contained": [{"resourceType": "Nonsense"}]}, "Patient.contained[0]"),
        ({"contained": ['{"resourceType": "Patient"}']}, "Patient.contained[0]"),
        ({"contained": [{"resourceType": 5}]}, "Patient.contained[0]"),
    ],
)
def test_what_r4_does_not_allow_is_found_with_its_place(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(Unfit) as found:
        checking.checked(patient(**changed), "Patient")
    assert where in [issue.where for issue in found.value.issues]


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Unfit) as found:
        checking.checked(patient(gender="x", name=[{"use": "y"}]), "Patient")
    assert {issue.where for issue in found.value.issues} == {"Patient.gender", "Patient.name[0].use"}


def test_no_fault_repeats_what_was_sent() -> None:
    marked = patient(gender="ZZMARK", name=[{"use": "ZZMARK", "ZZMARK": "ZZMARK"}], birthDate="ZZMARK")
    for body in (marked, {**patient(), "ZZMARK": 1}, patient(gender="ZZMARK")):
        with pytest.raises(Unfit) as found:
            checking.checked(json.loads(json.dumps(body)), "Patient")
        assert "ZZMARK" not in f"{found.value} {found.value.issues}"
