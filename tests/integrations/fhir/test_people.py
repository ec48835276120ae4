"""What a Patient of FHIR R4 says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from integrations.facts import Code, MergeFact, Park, Person, PersonFact, Why
from tests.integrations.fhir.examples import EHR, concept, only, patient, read, reference

MRN = f"{EHR}/mrn|MRN-1"
SAID_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def person(**changed: Any) -> Person:
    found: Person = only(patient(**changed)).person
    return found


def phone(value: str, **more: Any) -> dict[str, Any]:
    return {"system": "phone", "value": value, **more}


def test_a_patient_says_who_it_is_and_how_to_reach_them() -> None:
    assert only(patient()) == PersonFact(
        said_at=SAID_AT,
        person=Person(
            ids=(MRN, "Patient/p-1"),
            first_name="Alice",
            last_name="Example",
            date_of_birth=date(1980, 5, 6),
            phone="(202) 555-0123",
            email="alice@example.org",
            language="es",
            is_active=True,
            primary_provider=Code(value="Practitioner/dr-4"),
        ),
    )


def test_what_is_not_said_stays_open() -> None:
    assert person(
        active=None,
        name=None,
        telecom=None,
        birthDate=None,
        communication=None,
        generalPractitioner=None,
        deceasedBoolean=None,
    ) == Person(ids=(MRN, "Patient/p-1"))


@pytest.mark.parametrize(
    ("changed", "is_dead"),
    [
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": None, "deceasedDateTime": "2026-02"}, True),
        ({"deceasedBoolean": False}, False),
    ],
)
def test_a_death_is_said_in_either_way(changed: dict[str, Any], is_dead: bool) -> None:
    assert person(**changed).is_dead is is_dead


def test_an_inactive_record_says_so() -> None:
    assert person(active=False).is_active is False


@pytest.mark.parametrize("written", ["1980", "1980-05"])
def test_a_part_of_a_birthday_is_none(written: str) -> None:
    assert person(birthDate=written).date_of_birth is None


@pytest.mark.parametrize(
    ("points", "chosen"),
    [
        ([phone("1", use="home"), phone("2", use="mobile")], "2"),
        ([phone("1", use="mobile", rank=2), phone("2", use="mobile", rank=1)], "2"),
        ([phone("1", use="home", rank=1), phone("2", use="mobile", rank=9)], "2"),
        ([phone("1", use="old"), phone("2", use="work")], "2"),
        ([phone("1", use="mobile", period={"end": "2025-12-31"}), phone("2", use="home")], "2"),
        ([phone("1", use="mobile", period={"end": "2026-03"}), phone("2", use="home")], "1"),
        ([phone("1", use="mobile", period={"start": "2026-04"}), phone("2", use="home")], "2"),
        ([phone("1", use="home"), {"system": "sms", "value": "2"}], "2"),
        ([{"system": "fax", "value": "1"}, {"system": "pager", "value": "2"}], None),
        ([{"system": "phone", "use": "mobile"}], None),
    ],
)
def test_the_number_to_text_is_in_use_carried_about_and_ranked(
    points: list[dict[str, Any]], chosen: str | None
) -> None:
    assert person(telecom=points).phone == chosen


def test_the_official_name_is_used_and_the_maiden_name_is_not() -> None:
    names = [{"use": "maiden", "family": "Older"}, {"use": "official", "family": "Now"}, {"family": "Other"}]
    assert person(name=names).last_name == "Now"


def test_a_name_that_has_ended_is_not_used() -> None:
    names = [{"use": "official", "family": "Then", "period": {"end": "2020"}}, {"family": "Now"}]
    assert person(name=names).last_name == "Now"


@pytest.mark.parametrize(
    ("spoken", "language"),
    [
        ([{"language": concept("en")}, {"language": concept("es"), "preferred": True}], "es"),
        ([{"language": concept("en-US")}, {"language": concept("es")}], "en"),
        ([{"language": {"text": "Klingon"}}], None),
    ],
)
def test_the_preferred_language_is_written_in(spoken: list[dict[str, Any]], language: str | None) -> None:
    assert person(communication=spoken).language == language


@pytest.mark.parametrize(
    "private",
    [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "000-00-0000"},
        {"type": concept("DL", "http://terminology.hl7.org/CodeSystem/v2-0203"), "value": "D1"},
        {"use": "old", "value": "MRN-0"},
        {"value": "MRN-0", "period": {"end": "2024"}},
        {"system": f"{EHR}/mrn"},
    ],
)
def test_numbers_that_open_other_doors_or_are_out_of_use_are_no_keys(private: dict[str, Any]) -> None:
    own = {"use": "usual", "system": f"{EHR}/mrn", "value": "MRN-1"}
    assert person(identifier=[private, own]).ids == (MRN, "Patient/p-1")


def test_a_patient_without_any_number_is_parked() -> None:
    with pytest.raises(Park) as found:
        read(patient(id=None, identifier=None))
    assert (found.value.why, found.value.where) == (Why.NO_KEY, "Patient.identifier")


def test_a_record_that_is_replaced_says_only_that() -> None:
    gone = patient(active=False, link=[{"other": reference("Patient/p-9"), "type": "replaced-by"}])
    assert read(gone) == [
        MergeFact(said_at=SAID_AT, gone=(MRN, "Patient/p-1"), kept=Person(ids=("Patient/p-9",)))
    ]


def test_a_record_that_replaces_another_says_who_is_left() -> None:
    fact, merge = read(patient(link=[{"other": reference("Patient/p-0"), "type": "replaces"}]))
    assert isinstance(fact, PersonFact)
    assert merge == MergeFact(said_at=SAID_AT, gone=("Patient/p-0",), kept=fact.person)


@pytest.mark.parametrize("kind", ["refer", "seealso"])
def test_a_record_to_look_at_as_well_merges_nothing(kind: str) -> None:
    facts = read(patient(link=[{"other": reference("Patient/p-0"), "type": kind}]))
    assert [type(fact) for fact in facts] == [PersonFact]


def test_a_record_that_two_others_replace_is_for_a_person_to_look_at() -> None:
    links = [{"other": reference(f"Patient/{name}"), "type": "replaced-by"} for name in ("a", "b")]
    with pytest.raises(Park) as found:
        read(patient(link=links))
    assert found.value.why == Why.CONTRADICTION
