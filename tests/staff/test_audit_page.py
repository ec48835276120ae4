"""Who did or saw what? The page, its filter in the address, and its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import consenting, registering
from core import audit
from core.models import AuditEvent
from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> User:
    made: User = factories.UserFactory(roles=[AUDITOR])
    client.force_login(made)
    return made


def happened(verb: str = "patient.seen", *, actor: str = "maria", **fields: Any) -> AuditEvent:
    said: dict[str, Any] = {"at": timezone.now(), "reason": "", **fields}
    obj = said.pop("obj", None) or factories.PatientFactory()
    audit.record(actor=actor, verb=verb, obj=obj, **said)
    return AuditEvent.objects.latest("pk")


def shown(client: Client, **wanted: Any) -> str:
    answer = client.get("/audit/", wanted)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_address_narrows_by_who_what_which_and_when(client: Client, auditor: User) -> None:
    old = datetime(2026, 3, 1, 12, tzinfo=UTC)
    happened("patient.seen", actor="maria", reason="first one")
    kept = happened("entry.joined", actor="jose", at=old, reason="second one")
    for wanted in (
        {"who": "jose"},
        {"what": "entry."},
        {"kind": "clinic.patient", "number": kept.object_id},
        {"from": "2026-03-01", "to": "2026-03-01"},
    ):
        page = shown(client, **wanted)
        assert "second one" in page
        assert "first one" not in page
    assert "No event fits." in shown(client, who="nobody")


def test_a_day_is_the_installations_own(client: Client, auditor: User, settings: Any) -> None:
    # A quarter to midnight in Chicago is the next day in UTC.
    happened(at=datetime(2026, 3, 2, 5, 45, tzinfo=UTC), reason="late in the evening")
    assert "late in the evening" in shown(client, **{"from": "2026-03-01", "to": "2026-03-01"})
    assert "late in the evening" not in shown(client, **{"from": "2026-03-02", "to": "2026-03-02"})


@pytest.mark.parametrize(
    "wanted", [{"from": "yesterday"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"what": "DROP"}]
)
def test_a_filter_that_makes_no_sense_is_told(client: Client, auditor: User, wanted: Any) -> None:
    for path in ("/audit/", "/audit/events.csv"):
        assert client.get(path, wanted).status_code == 422


def test_a_manager_sees_what_belongs_to_the_own_clinic(client: Client) -> None:
    own, other = factories.WaitlistEntryFactory(), factories.WaitlistEntryFactory()
    client.force_login(factories.UserFactory(roles=[MANAGER], clinics=(own.clinic,)))
    happened("entry.joined", obj=own, reason="here")
    happened("entry.joined", obj=other, reason="elsewhere")
    happened("waitlist.exported", obj=own.clinic, reason="taken away here")
    page = shown(client)
    assert "taken away here" in page
    assert "elsewhere" not in page


def test_the_front_desk_does_not_read_it(client: Client) -> None:
    client.force_login(factories.UserFactory(roles=[FRONT_DESK]))
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/events.csv").status_code == 403


def test_the_page_costs_the_same_for_ten_and_for_a_thousand_and_goes_on(
    client: Client, auditor: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(client)
        return len(seen)

    patient = factories.PatientFactory()
    line = {"at": timezone.now(), "actor": "maria", "verb": "patient.seen", "object_type": "clinic.patient"}
    rows = [AuditEvent(**line, object_id=str(patient.pk)) for _ in range(1000)]
    AuditEvent.objects.bulk_create(rows[:10])
    few = queries()
    AuditEvent.objects.bulk_create(rows[10:])
    assert queries() == few
    assert "Earlier" in shown(client)
    first = AuditEvent.objects.earliest("pk")
    last = shown(client, before=first.pk + 5)
    assert "Latest" in last
    assert "Earlier" not in last


def test_the_file_calculates_nothing_and_taking_it_is_an_event(client: Client, auditor: User) -> None:
    happened(reason="=HYPERLINK(1)", at=timezone.now() - timedelta(minutes=1), fields=["phone"])
    answer = client.get("/audit/events.csv", {"what": "patient."})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "at,who,what,record,number,reason,data,from"
    assert "'=HYPERLINK(1)" in lines[1]
    assert len(lines) == 2
    taken = AuditEvent.objects.get(verb="audit.exported")
    assert (taken.actor, taken.object_type) == (auditor.username, "auth.user")


@pytest.fixture
def own(client: Client) -> Any:
    """A wish at the clinic of the manager who looks, and of whoever is logged in elsewhere."""
    return factories.WaitlistEntryFactory()


def looked_at(own: Any, address: str) -> str:
    """What a manager of that clinic reads, after somebody of its front desk has opened the address."""
    desk, manager = Client(), Client()
    desk.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=(own.clinic,)))
    answer = desk.get(address)
    assert answer.status_code == 200
    manager.force_login(
        factories.UserFactory(roles=[MANAGER], clinics=(own.clinic, factories.ClinicFactory()))
    )
    return shown(manager, clinic=own.clinic_id)


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/patients/{patient}/", "patient.seen"),
        ("/messages/to/{patient}/", "patient.messages_seen"),
        ("/appointments/{visit}/", "appointment.seen"),
        ("/appointments/{visit}/move/", "appointment.seen"),
        ("/appointments/{visit}/cancel/", "appointment.seen"),
        ("/appointments/new/{patient}/", "patient.seen"),
        ("/appointments/?clinic={clinic}", "appointments.seen"),
        ("/cancellations/{slot}/", "cancellation.seen"),
        ("/messages/", "message.listed"),
        ("/patients/{patient}/details/", "patient.seen"),
        ("/patients/{patient}/consent/", "patient.seen"),
        ("/patients/{patient}/invite/", "patient.seen"),
        ("/waitlist/?clinic={clinic}", "waitlistentry.listed"),
        ("/waitlist/new/{patient}/", "patient.seen"),
        ("/waitlist/{entry}/boost/", "waitlistentry.seen"),
        ("/greetings/history/", "greeting.listed"),
        ("/appointments/day.csv?clinic={clinic}", "appointments.exported"),
        ("/greetings/history.csv", "greetings.exported"),
    ],
)
def test_a_look_at_a_patient_is_a_line_of_the_clinic(own: Any, path: str, verb: str) -> None:
    visit = factories.AppointmentFactory(patient=own.patient, clinic=own.clinic)
    slot = factories.CancellationFactory(clinic=own.clinic)
    about = {"patient": own.patient_id, "visit": visit.pk, "clinic": own.clinic_id, "slot": slot.pk}
    assert verb in looked_at(own, path.format(entry=own.pk, **about))


def test_a_search_is_a_line_without_its_words(own: Any) -> None:
    desk = Client()
    desk.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=(own.clinic,)))
    assert desk.post("/patients/", {"typed": own.patient.last_name}).status_code == 200
    line = AuditEvent.objects.get(verb="patient.listed")
    assert (line.place, line.data, line.reason) == (own.clinic_id, {"rows": 1}, "")


def test_what_is_sent_is_no_look(own: Any) -> None:
    desk = Client()
    desk.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=(own.clinic,)))
    desk.post(f"/patients/{own.patient_id}/details/", {})
    assert not AuditEvent.objects.filter(verb="patient.seen").exists()


def test_a_look_at_a_patient_of_two_clinics_is_for_whose_desk_looked(client: Client, own: Any) -> None:
    other = factories.WaitlistEntryFactory(patient=own.patient)
    looked_at(own, f"/patients/{own.patient_id}/")
    client.force_login(factories.UserFactory(roles=[MANAGER], clinics=(other.clinic,)))
    assert "patient.seen" not in shown(client)


def test_a_change_of_a_patient_is_a_line_of_each_of_the_patients_clinics(own: Any) -> None:
    elsewhere = factories.AppointmentFactory(patient=own.patient).clinic_id
    said = consenting.Word(channel="sms", given=False, source="staff", words="No more texts, please.")
    consenting.record(patient_id=own.patient_id, word=said, by="maria", now=timezone.now())
    registering.update(patient_id=own.patient_id, changes={"language": "es"}, by="maria", now=timezone.now())
    for verb in ("patient.consent_withdrawn", "patient.updated"):
        places = AuditEvent.objects.filter(verb=verb).values_list("place", flat=True)
        assert set(places) == {own.clinic_id, elsewhere}


def test_whoever_is_new_is_a_line_of_the_clinic_of_whoever_took_them_on_the_books() -> None:
    clinic = factories.ClinicFactory()
    desk = factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,))
    new = registering.NewPatient(first_name="Ana", last_name="Lopez", sms_consent=True)
    registering.register(patient=new, by=desk.username, now=timezone.now())
    lines = (
        AuditEvent.objects.filter(object_type="clinic.patient").values_list("verb", "place").order_by("pk")
    )
    assert list(lines) == [("patient.registered", clinic.pk), ("patient.consent_given", clinic.pk)]


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/admin/clinic/patient/{patient}/change/", "patient.seen"),
        ("/admin/clinic/patient/", "patient.listed"),
        ("/admin/clinic/appointment/{visit}/change/", "appointment.seen"),
        ("/api/v1/patients/{patient}/", "patient.seen"),
        ("/api/v1/patients/{patient}/consents/", "patient.seen"),
        ("/api/v1/patients/", "patient.listed"),
        ("/api/v1/appointments/{visit}/", "appointment.seen"),
        ("/api/v1/appointments/", "appointment.listed"),
        ("/api/v1/fhir/Patient/{patient}", "patient.seen"),
    ],
)
def test_a_look_through_the_admin_or_the_api_is_a_line_as_well(own: Any, path: str, verb: str) -> None:
    visit = factories.AppointmentFactory(patient=own.patient, clinic=own.clinic)
    desk = Client()
    desk.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=(own.clinic,), is_staff=True))
    assert desk.get(path.format(patient=own.patient_id, visit=visit.pk)).status_code == 200
    line = AuditEvent.objects.get(verb=verb)
    assert (line.place, "Ana" in str(line.data)) == (own.clinic_id, False)


def test_somebody_elses_clinic_is_no_filter(client: Client, own: Any) -> None:
    client.force_login(factories.UserFactory(roles=[MANAGER], clinics=(factories.ClinicFactory(),)))
    assert client.get("/audit/", {"clinic": own.clinic_id}).status_code == 422
