from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from clinic.models import Appointment, Provider, ProviderHours
from core.models import AuditEvent
from messaging.models import Message
from tests.factories import (
    AppointmentFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
    in_hours,
)
from tests.factories_of_calendar import ResourceFactory
from tests.outreach.reminding import in_state

pytestmark = pytest.mark.django_db

URL = "/api/v1/appointments/"


def visit(**changed: Any) -> dict[str, Any]:
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
    assert shown == {**body, "starts_at": starts_at, **booked, "conflicts": [], "resources": []}


def test_a_visit_shows_what_became_of_its_reminders(desk: APIClient) -> None:
    row = in_state("skipped", reason="no_contact").appointment
    shown = desk.get(f"{URL}{row.pk}/").json()["reminders"]
    assert [(each["status"], each["reason"]) for each in shown] == [("skipped", "no_contact")]
    assert (shown[0]["due_at"][-1], shown[0]["error_code"], shown[0]["sent_at"]) == ("Z", "", None)


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
        shown = response.json()
        assert (response.status_code, list(shown)) == (409, ["detail", "conflicts"])
        assert [(each["code"], each["severity"]) for each in shown["conflicts"]] == [
            (f"{field}_busy", "block")
        ]
        assert shown["detail"] == shown["conflicts"][0]["explanation"]
    assert Appointment.objects.count() == 1


def on_the_wrong_weekday(body: dict[str, Any]) -> None:
    weekday = (in_hours(30).weekday() + 3) % 7
    at = {"weekday": weekday, "start": "08:00", "end": "12:00"}
    ProviderHours.objects.create(provider_id=body["provider"], clinic_id=body["clinic"], **at)


def test_a_warning_does_not_refuse_a_program_and_is_shown_and_kept(desk: APIClient) -> None:
    body = visit()
    on_the_wrong_weekday(body)
    made = desk.post(URL, body).json()
    (shown,) = made["conflicts"]
    assert (shown["code"], shown["severity"]) == ("outside_hours", "warn")
    assert shown["explanation"] == "The provider is not at that clinic on that weekday."
    assert desk.get(f"{URL}{made['id']}/").json()["conflicts"] == [shown]
    assert desk.get(URL).json()["results"][0]["conflicts"] == [shown]
    line = AuditEvent.objects.get(verb="appointment.booked")
    assert line.reason == "booked by another program (against outside_hours)"
    assert desk.post(f"{URL}{made['id']}/cancel/", {}).json()["conflicts"] == []


def test_the_conflicts_of_a_time_are_asked_before_it_is_booked(desk: APIClient) -> None:
    body = visit()
    free = desk.get(f"{URL}conflicts/", body)
    assert (free.status_code, free.json()) == (200, {"can_be_booked": True, "conflicts": []})
    on_the_wrong_weekday(body)
    warned = desk.get(f"{URL}conflicts/", body).json()
    assert (warned["can_be_booked"], [each["code"] for each in warned["conflicts"]]) == (
        True,
        ["outside_hours"],
    )
    made = desk.post(URL, body).json()
    taken = desk.get(f"{URL}conflicts/", body).json()
    codes = {each["code"] for each in taken["conflicts"]}
    assert (taken["can_be_booked"], codes) == (False, {"provider_busy", "patient_busy", "outside_hours"})
    same = desk.get(f"{URL}{made['id']}/conflicts/", {"starts_at": body["starts_at"]}).json()
    assert [each["code"] for each in same["conflicts"]] == ["outside_hours"]
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_at": "2020-01-01T09:00:00Z"}, "starts_at"),
        ({"starts_at": "2027-01-01T09:00:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59Z"}, "starts_at"),
        ({"patient": "9" * 30}, "patient"),
        ({"duration_minutes": "1e9"}, "duration_minutes"),
        ({"surprise": "1"}, "surprise"),
    ],
)
def test_conflicts_of_a_time_that_can_be_none_are_refused(
    desk: APIClient, changed: dict[str, str], field: str
) -> None:
    response = desk.get(f"{URL}conflicts/", visit(**changed))
    assert (response.status_code, list(response.json())) == (400, [field])


def test_a_patient_is_told_of_a_cancellation_unless_the_program_says_no(desk: APIClient) -> None:
    first, second = AppointmentFactory(), AppointmentFactory()
    desk.post(f"{URL}{first.pk}/cancel/", {})
    desk.post(f"{URL}{second.pk}/cancel/", {"tells_patient": False})
    told = Message.objects.filter(kind="confirmation", logical_key__startswith="cancelled:")
    assert [text.related["appointment"] for text in told] == [first.pk]


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
    url = f"{URL}{AppointmentFactory(starts_at=in_hours(1)).pk}/status/"
    for status in ("arrived", "completed"):
        assert desk.post(url, {"status": status}).json()["status"] == status
    assert desk.post(url, {"status": "no_show"}).status_code == 409
    assert list(desk.post(url, {"status": "cancelled"}).json()) == ["status"]


def test_a_visit_is_booked_with_its_room_and_nobody_else_has_it_then(desk: APIClient) -> None:
    body = visit()
    room = ResourceFactory(clinic_id=body["clinic"])
    made = desk.post(URL, {**body, "resources": [room.pk]})
    assert (made.status_code, made.json()["resources"]) == (201, [room.pk])
    other = {**visit(), "clinic": body["clinic"], "resources": [room.pk]}
    Provider.objects.get(pk=other["provider"]).clinics.add(body["clinic"])
    response = desk.post(URL, other)
    assert (response.status_code, response.json()["conflicts"][0]["severity"]) == (409, "block")
    wanted = {name: value for name, value in other.items() if name != "resources"}
    asked = desk.get(f"{URL}conflicts/", {**wanted, "resources": room.pk}).json()
    assert asked["can_be_booked"] is False


def test_a_room_of_another_clinic_is_refused_at_its_field(desk: APIClient) -> None:
    response = desk.post(URL, visit(resources=[ResourceFactory().pk]))
    assert (response.status_code, list(response.json())) == (400, ["resources"])
    assert not Appointment.objects.exists()


def test_rooms_are_listed_by_clinic(desk: APIClient) -> None:
    room, other = ResourceFactory(), ResourceFactory()
    shown = desk.get("/api/v1/resources/", {"clinic": room.clinic_id}).json()["results"]
    assert shown == [
        {"id": room.pk, "clinic": room.clinic_id, "name": room.name, "kind": room.kind, "active": True}
    ]
    assert desk.get(f"/api/v1/resources/{other.pk}/").status_code == 200
