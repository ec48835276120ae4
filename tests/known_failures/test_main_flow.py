"""Was: 46 of 47 tests passed while the main flow was broken. This is the main flow, through every door."""

import datetime

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.offers.journey import Journey

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/cancellations/"


@pytest.mark.parametrize("tasks_run", ["usual", "dropped", "doubled"], indirect=True)
def test_a_cancellation_logged_by_staff_is_booked_by_a_text(journey: Journey, desk: APIClient) -> None:
    # Given two who wait, and a slot that the front desk logs
    alice, bob = journey.waiting(), journey.waiting()
    starts_at = timezone.now() + datetime.timedelta(hours=48)
    body = {"clinic": journey.clinic.pk, "provider": journey.provider.pk, "starts_at": starts_at.isoformat()}
    logged = desk.post(URL, {**body, "visit_type": journey.visit_type.pk, "duration_minutes": 30})
    journey.wait(seconds=31)
    # When one of those who were asked says yes
    journey.says(bob, "YES")
    # Then staff see the slot filled, the visit is in the calendar, and both were told
    slot = desk.get(f"{URL}{logged.json()['id']}/").json()
    assert (logged.status_code, slot["status"]) == (201, "filled")
    visits = desk.get("/api/v1/appointments/").json()["results"]
    assert [visit["patient"] for visit in visits] == [bob.patient_id]
    assert (journey.hears(alice), journey.hears(bob)) == (["offer", "taken"], ["offer", "confirmation"])
