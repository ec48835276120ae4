"""Clinic files and notices over the API, and what a program may do about conflicts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from clinic.models import Closure, Notice, Provider
from core.models import AuditEvent
from tests.api.test_appointments import URL, visit
from tests.factories import in_hours

pytestmark = pytest.mark.django_db


def test_a_booking_opens_a_file_that_is_listed_and_filtered(desk: APIClient) -> None:
    body: dict[str, Any] = visit()
    made = desk.post(URL, body).json()
    listed = desk.get(f"/api/v1/clinic-files/?patient={body['patient']}").json()["results"]
    assert [row["number"] for row in listed] == [made["clinic_file"]]
    assert set(listed[0]) == {"id", "number", "patient", "clinic", "provider", "opened_at"}
    assert desk.get("/api/v1/clinic-files/?patient=0").json()["count"] == 0


def test_a_notice_is_read_by_whom_it_is_for(desk: APIClient) -> None:
    made = desk.post(URL, visit()).json()
    assert desk.get("/api/v1/notices/").json()["count"] == 0
    Provider.objects.filter(pk=made["provider"]).update(user=User.objects.get())
    (row,) = desk.get("/api/v1/notices/?unread=true").json()["results"]
    assert (row["title"], row["link"]) == ("Visit booked", f"/appointments/{made['id']}/")
    of = {"appointment": made["id"], **{name: made[name] for name in ("patient", "starts_at", "visit_type")}}
    assert {name: row[name] for name in of} == of
    first = desk.post(f"/api/v1/notices/{row['id']}/read/", {}).json()["read_at"]
    assert first == desk.post(f"/api/v1/notices/{row['id']}/read/", {}).json()["read_at"] is not None
    assert desk.get("/api/v1/notices/?unread=true").json()["count"] == 0
    assert Notice.objects.get().read_at is not None


def test_a_program_is_warned_by_nothing_and_stopped_by_a_closed_day(desk: APIClient) -> None:
    assert desk.post(URL, visit(duration_minutes=10)).status_code == 201
    line = AuditEvent.objects.get(verb="appointment.booked")
    assert line.reason == "booked by another program (against too_short)"
    body: dict[str, Any] = visit()
    day = in_hours(30).date()
    Closure.objects.create(clinic_id=body["clinic"], first_on=day, last_on=day)
    Closure.objects.create(clinic_id=body["clinic"], first_on=in_hours(6).date(), last_on=day)
    refused = desk.post(URL, body)
    assert (refused.status_code, refused.json()["detail"]) == (409, "The clinic is closed on that day.")


def test_a_program_says_that_the_patient_comes_and_nothing_that_cannot_be_yet(desk: APIClient) -> None:
    made = desk.post(URL, visit()).json()
    first = desk.post(f"{URL}{made['id']}/confirm/", {}).json()["confirmed_at"]
    assert first == desk.post(f"{URL}{made['id']}/confirm/", {}).json()["confirmed_at"] is not None
    refused = desk.post(f"{URL}{made['id']}/status/", {"status": "no_show"})
    assert (refused.status_code, refused.json()["detail"]) == (409, "This visit is still to come.")
    same = desk.post(f"{URL}{made['id']}/reschedule/", {"starts_at": made["starts_at"]})
    assert (same.status_code, same.json()) == (400, {"starts_at": ["The visit is at that time already."]})


def test_a_visit_is_moved_and_its_old_time_is_to_be_had(desk: APIClient) -> None:
    made = desk.post(URL, visit()).json()
    moved = desk.post(f"{URL}{made['id']}/reschedule/", {"starts_at": in_hours(300).isoformat()})
    assert moved.json()["clinic_file"] == made["clinic_file"]
    kept = desk.post(f"{URL}{moved.json()['id']}/cancel/", {"offer_slot": False})
    assert (kept.status_code, kept.json()["status"]) == (200, "cancelled")
