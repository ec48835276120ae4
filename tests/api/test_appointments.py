from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from clinic.models import Appointment
from core.models import AuditEvent
from tests.factories import AppointmentFactory, PatientFactory, ProviderFactory, VisitTypeFactory, in_hours
from tests.outreach.reminding import in_state

pytestmark = pytest.mark.django_db

URL = "/api/v1/appointments/"


def visit(**changed: object) -> dict[str, object]:
    provider = ProviderFactory()
    return {
        "clinic": provider.clinics.get().pk,
        "provider": provider.pk,
        "patient": PatientFactory().pk,
        "visit_type": VisitTypeFactory(duration_minutes=40).pk,
        "starts_at": in_hours(30).isoformat(),
        **changed,
    }


def test_a_visit_is_booked_for_the_length_of_its_type(desk: APIClient) -> None:
    body = visit(status="booked")
    response = desk.post(URL, body)
    assert response.status_code == 201
    shown = response.json()
    assert Appointment.objects.get().pk == shown.pop("id")
    starts_at = in_hours(30).strftime("%Y-%m-%dT%H:%M:%SZ")
    planned = [(row["status"], row["channel"], row["reason"]) for row in shown.pop("reminders")]
    assert planned == [("scheduled", "sms", "")] * 2
    assert shown.pop("clinic_file") == f"{body['patient']:06d}-C{body['clinic']}-1"
    booked = {"duration_minutes": 40, "status": "booked", "confirmed_at": None}
    assert shown == {**body, "starts_at": starts_at, **booked}


def test_a_visit_shows_what_became_of_its_reminders(desk: APIClient) -> None:
    row = in_state("skipped", reason="no_contact").appointment
    shown = desk.get(f"{URL}{row.pk}/").json()["reminders"]
    assert [(each["status"], each["reason"]) for each in shown] == [("skipped", "no_contact")]
    assert set(shown[0]) == {"id", "due_at", "channel", "status", "reason"}


def test_cancelling_a_visit_answers_with_its_reminders_cancelled(desk: APIClient) -> None:
    made = desk.post(URL, visit()).json()
    shown = desk.post(f"{URL}{made['id']}/cancel/", {}).json()["reminders"]
    assert {(row["status"], row["reason"]) for row in shown} == {("cancelled", "visit_cancelled")}


def test_reminders_cannot_be_written_through_a_visit(desk: APIClient) -> None:
    for field, value in (("reminders", []), ("confirmed_at", in_hours(0).isoformat())):
        response = desk.post(URL, visit(**{field: value}))
        assert (response.status_code, list(response.json())) == (400, [field])


def test_a_visit_where_somebody_is_not_free_is_a_conflict(desk: APIClient) -> None:
    body = visit()
    desk.post(URL, body)
    for field in ("patient", "provider"):
        other = visit(**{field: body[field]})
        if field == "provider":
            other["clinic"] = body["clinic"]
        response = desk.post(URL, other)
        assert (response.status_code, list(response.json())) == (409, ["detail"])
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", "2020-01-01T09:00:00Z"),
        ("starts_at", "2027-01-01T09:00:00"),
        ("duration_minutes", 0),
        ("status", "arrived"),
        ("patient", 999_999),
        ("source", "feed"),
        ("is_fact", True),
    ],
)
def test_a_bad_visit_is_refused_with_its_field(desk: APIClient, field: str, value: object) -> None:
    response = desk.post(URL, visit(**{field: value}))
    assert (response.status_code, list(response.json())) == (400, [field])
    assert not Appointment.objects.exists()


def test_a_provider_of_another_clinic_is_refused(desk: APIClient) -> None:
    assert list(desk.post(URL, visit(provider=ProviderFactory().pk)).json()) == ["provider"]


def test_a_visit_is_cancelled_once(desk: APIClient) -> None:
    url = f"{URL}{AppointmentFactory().pk}/cancel/"
    response = desk.post(url, {"reason": "flu"})
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    again = desk.post(url, {})
    assert (again.status_code, list(again.json())) == (409, ["detail"])


def test_the_audit_line_names_who_called(desk: APIClient) -> None:
    desk.post(f"{URL}{AppointmentFactory().pk}/cancel/", {"reason": "flu"})
    line = AuditEvent.objects.get(verb="appointment.cancelled")
    assert line.actor.startswith("user")


def test_a_visit_is_moved_and_the_answer_is_the_new_one(desk: APIClient) -> None:
    old = AppointmentFactory()
    response = desk.post(f"{URL}{old.pk}/reschedule/", {"starts_at": in_hours(300).isoformat()})
    assert response.status_code == 200
    assert response.json()["id"] != old.pk
    old.refresh_from_db()
    assert old.status == "rescheduled"


def test_a_visit_is_not_moved_into_the_past_or_without_an_offset(desk: APIClient) -> None:
    url = f"{URL}{AppointmentFactory().pk}/reschedule/"
    for starts_at in ("2020-01-01T09:00:00Z", "2030-01-01T09:00:00"):
        response = desk.post(url, {"starts_at": starts_at})
        assert (response.status_code, list(response.json())) == (400, ["starts_at"])


def test_what_became_of_a_visit_is_recorded_in_order(desk: APIClient) -> None:
    url = f"{URL}{AppointmentFactory().pk}/status/"
    for status in ("arrived", "completed"):
        assert desk.post(url, {"status": status}).json()["status"] == status
    assert desk.post(url, {"status": "no_show"}).status_code == 409
    assert list(desk.post(url, {"status": "cancelled"}).json()) == ["status"]
