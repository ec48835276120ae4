"""Lists: pages, order and filters."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    OfferFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from tests.factories_of_calendar import ResourceFactory
from tests.outreach.greeting_people import GreetingFactory
from tests.outreach.reminding import in_state

pytestmark = pytest.mark.django_db


def entry() -> None:
    AvailabilityFactory(entry=WaitlistEntryFactory(current_appointment=AppointmentFactory()))


def slot_with_offers() -> None:
    slot = CancellationFactory()
    OfferFactory.create_batch(2, cancellation=slot)


MAKE: dict[Any, Any] = {
    "clinics": ClinicFactory,
    "providers": ProviderFactory,
    "visit-types": VisitTypeFactory,
    "resources": ResourceFactory,
    "patients": PatientFactory,
    "waitlist-entries": entry,
    "appointments": lambda: in_state("scheduled"),
    "cancellations": slot_with_offers,
    "messages": MessageFactory,
    "greetings": GreetingFactory,
}


@pytest.mark.parametrize("resource", MAKE)
def test_one_record_looks_as_in_the_list(desk: APIClient, resource: str) -> None:
    MAKE[resource]()
    listed = desk.get(f"/api/v1/{resource}/").json()["results"][0]
    assert desk.get(f"/api/v1/{resource}/{listed['id']}/").json() == listed


def test_pages_follow_each_other_without_gap_or_double(desk: APIClient) -> None:
    made = [VisitTypeFactory(duration_minutes=20).pk for _ in range(7)]
    seen, url = [], "/api/v1/visit-types/?ordering=duration_minutes&page_size=3"
    while url:
        page = desk.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == made
    assert page["previous"] is not None


def test_a_page_holds_at_most_two_hundred(desk: APIClient) -> None:
    VisitTypeFactory.create_batch(201)
    assert len(desk.get("/api/v1/visit-types/?page_size=100000").json()["results"]) == 200


@pytest.mark.parametrize("page", ["0", "99", "x", "-1"])
def test_a_page_that_is_not_there_is_a_404(desk: APIClient, page: str) -> None:
    assert desk.get(f"/api/v1/clinics/?page={page}").status_code == 404


def test_the_order_can_be_asked_for_and_turned_around(desk: APIClient) -> None:
    late, soon = AppointmentFactory(starts_at=in_hours(50)), AppointmentFactory(starts_at=in_hours(20))
    for ordering, expected in (("starts_at", [soon.pk, late.pk]), ("-starts_at", [late.pk, soon.pk])):
        rows = desk.get(f"/api/v1/appointments/?ordering={ordering}").json()["results"]
        assert [row["id"] for row in rows] == expected


def test_a_list_is_filtered_by_provider_and_by_time(desk: APIClient) -> None:
    mine = AppointmentFactory(starts_at=in_hours(20))
    AppointmentFactory(starts_at=in_hours(20))
    AppointmentFactory(starts_at=in_hours(90), provider=mine.provider, clinic=mine.clinic)
    query = {"provider": mine.provider_id, "starts_before": in_hours(40).isoformat()}
    rows = desk.get("/api/v1/appointments/", query).json()["results"]
    assert [row["id"] for row in rows] == [mine.pk]
