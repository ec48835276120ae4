"""What an Appointment of FHIR R4 says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.facts import Code, Doubt, Park, Person, Standing, VisitFact, Why, WishFact
from tests.integrations.fhir.examples import (
    EHR,
    RECEIVED,
    appointment,
    only,
    participant,
    patient,
    reference,
)

NINE = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
PATIENT = participant(reference("Patient/p-1"))
STRANGE = {"url": "https://ehr.example.org/not", "valueBoolean": True}


def parked(**changed: Any) -> tuple[Why, str]:
    with pytest.raises(Park) as found:
        only(appointment(**changed))
    return found.value.why, found.value.where


def test_a_booked_visit_says_when_where_who_and_what() -> None:
    assert only(appointment()) == VisitFact(
        keys=(f"{EHR}/visits|V-1007", "Appointment/visit-7"),
        said_at=datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC),
        standing=Standing.BOOKED,
        starts_at=NINE,
        ends_at=NINE + timedelta(minutes=30),
        clinic=Code(value="Location/lake", text="Lake clinic"),
        provider=Code(value="Practitioner/dr-4", text="Dr. Vera Example"),
        visit_type=Code(value="EX30", text="Examination", system=f"{EHR}/services"),
        person=Person(ids=("Patient/p-1",)),
    )


@pytest.mark.parametrize(
    ("status", "standing", "is_offerable"),
    [
        ("booked", Standing.BOOKED, True),
        ("arrived", Standing.ARRIVED, True),
        ("checked-in", Standing.ARRIVED, True),
        ("fulfilled", Standing.COMPLETED, True),
        ("cancelled", Standing.CANCELLED, True),
        ("noshow", Standing.NO_SHOW, False),
        ("entered-in-error", Standing.CANCELLED, False),
    ],
)
def test_each_status_is_a_standing(status: str, standing: Standing, is_offerable: bool) -> None:
    fact = only(appointment(status=status))
    assert (fact.standing, fact.is_offerable) == (standing, is_offerable)


def test_a_waitlist_appointment_is_a_wish() -> None:
    wished = {"start": None, "end": None, "requestedPeriod": [{"start": "2026-03-05"}]}
    fact = only(appointment(status="waitlist", **wished))
    assert isinstance(fact, WishFact)
    assert fact.person.ids == ("Patient/p-1",)
    assert fact.clinic == Code(value="Location/lake", text="Lake clinic")


@pytest.mark.parametrize("status", ["proposed", "pending"])
def test_what_nobody_has_agreed_to_is_not_in_a_calendar(status: str) -> None:
    assert parked(status=status) == (Why.UNSUPPORTED, "Appointment.status")


@pytest.mark.parametrize("status", ["bogus", "BOOKED", ""])
def test_a_status_that_r4_does_not_know_is_refused(status: str) -> None:
    assert parked(status=status) == (Why.UNREADABLE, "Appointment.status")


def test_a_visit_without_a_name_of_its_own_is_parked() -> None:
    assert parked(id=None, identifier=None) == (Why.NO_KEY, "Appointment.identifier")


@pytest.mark.parametrize(
    ("changed", "why", "where"),
    [
        ({"start": None, "end": None}, Why.NO_TIME, "start"),
        ({"end": "2026-03-10T09:00:00-05:00"}, Why.BAD_TIME, "end"),
        ({"end": "2026-03-10T08:00:00-05:00"}, Why.BAD_TIME, "end"),
        ({"start": "9999-12-31T23:59:59-12:00"}, Why.BAD_TIME, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, Why.BAD_TIME, "start"),
        ({"end": None, "minutesDuration": 2_147_483_647}, Why.BAD_TIME, "minutesDuration"),
        ({"start": "2026-03-10T09:00:00"}, Why.UNREADABLE, "start"),
        ({"start": "2026-03-10"}, Why.UNREADABLE, "start"),
        ({"start": 1_772_000_000}, Why.UNREADABLE, "start"),
    ],
)
def test_a_time_that_cannot_be_is_never_guessed(changed: dict[str, Any], why: Why, where: str) -> None:
    assert parked(**changed) == (why, f"Appointment.{where}")


def test_a_cancel_needs_neither_time_nor_patient() -> None:
    doctor = [participant(reference("Practitioner/dr-4"))]
    fact = only(appointment(status="cancelled", start=None, end=None, participant=doctor))
    assert (fact.standing, fact.starts_at, fact.person) == (Standing.CANCELLED, None, None)


def test_where_the_end_is_missing_the_minutes_say_it() -> None:
    assert only(appointment(end=None, minutesDuration=45)).ends_at == NINE + timedelta(minutes=45)


def test_minutes_that_contradict_the_end_are_a_doubt() -> None:
    assert only(appointment(minutesDuration=60)).doubts == (Doubt.TIMES_DISAGREE,)


def test_an_absurd_length_is_a_doubt() -> None:
    fact = only(appointment(end="2026-03-11T09:00:00-05:00", minutesDuration=None))
    assert fact.doubts == (Doubt.ABSURD_LENGTH,)


def test_without_a_change_date_it_is_said_when_it_is_received() -> None:
    assert only(appointment(meta=None)).said_at == RECEIVED


def test_a_clock_ahead_of_ours_does_not_silence_what_follows() -> None:
    assert only(appointment(meta={"lastUpdated": "2027-01-01T00:00:00Z"})).said_at == RECEIVED


@pytest.mark.parametrize(
    "actor",
    [
        reference("Practitioner/dr-4"),
        reference("https://ehr.example.org/fhir/Practitioner/dr-4"),
        reference("https://ehr.example.org/fhir/Practitioner/dr-4/_history/2"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(actor: dict[str, Any]) -> None:
    assert only(appointment(participant=[PATIENT, participant(actor)])).provider == Code(
        value="Practitioner/dr-4"
    )


def test_an_identifier_names_a_provider_without_an_address() -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "12"}
    actor = {"type": "Practitioner", "identifier": npi}
    assert only(appointment(participant=[PATIENT, participant(actor)])).provider == Code(
        value="12", system="http://hl7.org/fhir/sid/us-npi"
    )


def test_a_contained_patient_is_read_whole() -> None:
    inside = patient(id="who")
    fact = only(appointment(contained=[inside], participant=[participant(reference("#who"))]))
    assert (fact.person.first_name, fact.person.ids) == ("Alice", (f"{EHR}/mrn|MRN-1",))


def test_the_id_of_what_is_contained_names_nobody_outside() -> None:
    nameless = patient(id="who", identifier=None)
    changed = {"contained": [nameless], "participant": [participant(reference("#who"))]}
    assert parked(**changed) == (Why.NO_PATIENT, "Appointment.participant")


def test_a_contained_place_is_known_by_its_identifier() -> None:
    room = {"resourceType": "Location", "id": "l", "name": "Lake", "identifier": [{"value": "LK"}]}
    fact = only(appointment(contained=[room], participant=[PATIENT, participant(reference("#l"))]))
    assert fact.clinic == Code(value="LK", text="Lake")


def test_a_visit_of_two_patients_is_for_a_person_to_look_at() -> None:
    both = [PATIENT, participant(reference("Patient/p-2"))]
    assert parked(participant=both) == (Why.CONTRADICTION, "Appointment.participant")


def test_a_booked_visit_without_a_patient_is_parked() -> None:
    doctor = [participant(reference("Practitioner/dr-4"))]
    assert parked(participant=doctor) == (Why.NO_PATIENT, "Appointment.participant")


def test_of_several_providers_the_primary_performer_is_meant() -> None:
    team = [participant(reference("Practitioner/a")), participant(reference("Practitioner/b"), "PPRF")]
    assert only(appointment(participant=[PATIENT, *team])).provider == Code(value="Practitioner/b")


def test_of_several_providers_none_is_guessed() -> None:
    team = [participant(reference("Practitioner/a")), participant(reference("Practitioner/b"))]
    assert parked(participant=[PATIENT, *team]) == (Why.CONTRADICTION, "Appointment.participant")


@pytest.mark.parametrize(
    "more",
    [
        {"status": "declined"},
        {"required": "information-only"},
        {"period": {"end": "2026-01-01"}},
    ],
)
def test_who_does_not_take_part_is_not_the_provider(more: dict[str, Any]) -> None:
    team = [participant(reference("Practitioner/a")), participant(reference("Practitioner/b"), **more)]
    assert only(appointment(participant=[PATIENT, *team])).provider == Code(value="Practitioner/a")


def test_without_a_service_the_style_of_the_visit_says_its_kind() -> None:
    fact = only(appointment(serviceType=None))
    assert fact.visit_type.value == "FOLLOWUP"


def test_the_coding_that_a_person_chose_goes_before_the_others() -> None:
    both = {"coding": [{"code": "A"}, {"code": "B", "userSelected": True}]}
    assert only(appointment(serviceType=[both])).visit_type == Code(value="B")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        (
            {"modifierExtension": [STRANGE]},
            "modifierExtension",
        ),
        ({"implicitRules": "https://ehr.example.org/rules"}, "implicitRules"),
        (
            {"participant": [{**PATIENT, "modifierExtension": [STRANGE]}]},
            "participant[0].modifierExtension",
        ),
    ],
)
def test_a_modifier_that_nobody_here_knows_stops_everything(changed: dict[str, Any], where: str) -> None:
    assert parked(**changed) == (Why.UNSUPPORTED, f"Appointment.{where}")
