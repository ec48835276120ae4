"""FHIR's search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from clinic.models import Appointment
from clinic.states import AppointmentStatus
from offers.states import CancellationStatus
from tests.factories import AppointmentFactory, CancellationFactory

pytestmark = pytest.mark.django_db

# Ten in the evening in Chicago, the next day in UTC.
TEN = datetime(2026, 3, 11, 3, 0, tzinfo=UTC)


def search(client: APIClient, query: str, *, kind: str = "Appointment", **headers: str) -> Any:
    return client.get(f"/api/v1/fhir/{kind}?{query}", headers=headers)


def ids(client: APIClient, query: str, **more: Any) -> list[int]:
    entries = search(client, query, **more).json().get("entry", [])
    return [int(entry["resource"]["id"]) for entry in entries if entry["search"]["mode"] == "match"]


def test_a_search_is_a_bundle_with_the_address_of_each(desk: APIClient) -> None:
    visit = AppointmentFactory()
    found = search(desk, "").json()
    assert (found["resourceType"], found["type"], found["total"]) == ("Bundle", "searchset", 1)
    assert found["entry"][0]["fullUrl"] == f"{settings.PUBLIC_URL}/api/v1/fhir/Appointment/{visit.pk}"


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("date=2026-03-10", True),
        ("date=2026-03-11", False),
        ("date=2026-03-11T03:00Z", True),
        ("date=2026-03-11T03:00:00Z", True),
        ("date=2026-03-11T03:00:00.000Z", True),
        ("date=2026-03-11T04:00:00%2B01:00", True),
        ("date=2026-03-11T04:00:00+01:00", True),
        ("date=2026-03", True),
        ("date=2026", True),
        ("date=2025", False),
        ("date=ne2026-03-10", False),
        ("date=ne2026-03-09", True),
        ("date=gt2026-03-09", True),
        ("date=gt2026-03-10", False),
        ("date=ge2026-03-10", True),
        ("date=lt2026-03-10", False),
        ("date=lt2026-03-11", True),
        ("date=le2026-03-10", True),
        ("date=sa2026-03-09", True),
        ("date=sa2026-03-10", False),
        ("date=eb2026-03-11", True),
        ("date=eb2026-03-10", False),
        ("date=ap2026-03-10", True),
        ("date=ge2026-03-10&date=lt2026-03-11", True),
        ("date=ge2026-03-11&date=lt2026-03-12", False),
        ("date=2026-03-01,2026-03-10", True),
        ("date=eq2026-12", False),
        ("date=ge2026-12", False),
    ],
)
def test_a_date_is_read_on_the_installations_clocks(
    desk: APIClient, settings: Any, query: str, finds: bool
) -> None:
    settings.TIME_ZONE = "America/Chicago"
    AppointmentFactory(starts_at=TEN)
    assert bool(ids(desk, query)) is finds


@pytest.mark.parametrize(
    ("status", "query", "finds"),
    [
        ("booked", "status=booked", True),
        ("booked", "status=http://hl7.org/fhir/appointmentstatus|booked", True),
        ("booked", "status=cancelled,booked", True),
        ("booked", "status=fulfilled", False),
        ("completed", "status=fulfilled", True),
        ("no_show", "status=noshow", True),
        ("rescheduled", "status=cancelled", True),
        ("booked", "status=waitlist", False),
    ],
)
def test_a_status_is_asked_in_fhirs_words(desk: APIClient, status: str, query: str, finds: bool) -> None:
    AppointmentFactory(status=AppointmentStatus(status))
    assert bool(ids(desk, query)) is finds


def test_a_slot_is_free_until_somebody_has_it(desk: APIClient) -> None:
    free = [CancellationFactory(status=s).pk for s in (CancellationStatus.OPEN, CancellationStatus.OFFERING)]
    filled = CancellationFactory(status=CancellationStatus.FILLED)
    assert ids(desk, "status=free", kind="Slot") == free
    assert ids(desk, "status=busy", kind="Slot") == [filled.pk]


def test_slots_are_found_by_when_they_begin(desk: APIClient) -> None:
    CancellationFactory(starts_at=TEN)
    assert ids(desk, "start=gt2026-03-12", kind="Slot") == []


@pytest.mark.parametrize("parameter", ["patient", "practitioner", "location", "actor"])
def test_who_takes_part_is_found_by_an_id_or_an_address(desk: APIClient, parameter: str) -> None:
    visit, _ = AppointmentFactory(), AppointmentFactory()
    places = {"practitioner": "Practitioner", "location": "Location"}
    kind = places.get(parameter, "Patient")
    pk = {"Patient": visit.patient_id, "Practitioner": visit.provider_id, "Location": visit.clinic_id}[kind]
    base = f"{settings.PUBLIC_URL}/api/v1/fhir"
    for value in (f"{kind}/{pk}", f"{base}/{kind}/{pk}"):
        assert ids(desk, f"{parameter}={value}") == [visit.pk]
    assert visit.pk in ids(desk, f"{parameter}={pk}")


@pytest.mark.parametrize("query", ["patient=none", f"patient={'9' * 40}", "_id=abc", "patient=0"])
def test_a_name_that_nobody_has_finds_nothing(desk: APIClient, query: str) -> None:
    AppointmentFactory()
    assert search(desk, query).json()["total"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "date=yesterday",
        "date=2026-02-30",
        "date=xx2026-01-01",
        "date=0001-01-01",
        "date=2026-01-01T25:00Z",
        "date=2026-01-01T10:00:00%2B99:00",
        "date=%00",
        "status=bogus",
        "status=",
        "patient=Practitioner/1",
        "patient=",
        "_count=-1",
        "_count=many",
        "_count=" + "9" * 5000,
        "_after=x",
        "_summary=text",
        "status:not=booked",
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_parameter(desk: APIClient, query: str) -> None:
    answer = search(desk, query)
    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")
    assert answer.json()["issue"][0]["expression"] == [query.partition("=")[0].partition(":")[0]]


def test_every_fault_of_a_search_is_named_at_once(desk: APIClient) -> None:
    assert len(search(desk, "status=bogus&date=never&_count=x").json()["issue"]) == 3


def test_a_parameter_that_nobody_knows_is_ignored_and_said_so(desk: APIClient) -> None:
    AppointmentFactory()
    found = search(desk, "ZZname=ZZ&status=booked").json()
    assert found["link"][0]["url"].endswith("/Appointment?status=booked")
    assert found["entry"][-1]["search"]["mode"] == "outcome"
    assert "ZZ" not in str(found)


def test_a_parameter_that_nobody_knows_is_refused_where_the_client_is_strict(desk: APIClient) -> None:
    answer = search(desk, "ZZname=ZZ", prefer="return=minimal; handling=strict")
    assert answer.status_code == 400
    assert "ZZ" not in answer.content.decode()


def test_pages_follow_one_another_and_lose_nobody(desk: APIClient) -> None:
    made = [AppointmentFactory().pk for _ in range(5)]
    address, seen = "/api/v1/fhir/Appointment?_count=2&status=booked", []
    while address:
        page = desk.get(address.removeprefix(settings.PUBLIC_URL)).json()
        assert page["total"] == 5
        seen += [int(entry["resource"]["id"]) for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        address = links.get("next", "")
    assert seen == made


@pytest.mark.parametrize("query", ["_summary=count", "_count=0"])
def test_who_only_counts_gets_no_visits(desk: APIClient, query: str) -> None:
    AppointmentFactory()
    found = search(desk, query).json()
    assert (found["total"], "entry" in found) == (1, False)


def test_a_page_costs_the_same_however_many_it_holds(
    desk: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        AppointmentFactory(starts_at=TEN + timedelta(days=1))
    with django_assert_max_num_queries(6):
        assert len(ids(desk, "")) == 8
    assert Appointment.objects.count() == 8


def test_patients_cannot_be_searched_since_addresses_are_in_every_log(desk: APIClient) -> None:
    answer = desk.get("/api/v1/fhir/Patient?name=Smith")
    assert (answer.status_code, answer.json()["resourceType"]) == (405, "OperationOutcome")
