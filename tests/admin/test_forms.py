"""Adding and editing in the admin goes through the verbs; what they refuse is shown at the form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Appointment, Clinic, Patient
from core.models import AuditEvent
from offers.models import Cancellation
from tests.admin.conftest import BrowserOf
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    CancellationFactory,
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db

ENTRY, SLOT, VISIT = "waitlist_waitlistentry", "offers_cancellation", "clinic_appointment"


def add(name: str) -> str:
    return reverse(f"admin:{name}_add")


def change(name: str, pk: int) -> str:
    return reverse(f"admin:{name}_change", args=[pk])


def windows(*rows: dict[str, Any], stored: int = 0) -> dict[str, Any]:
    management = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": stored}
    numbered = {f"{number}-{key}": value for number, row in enumerate(rows) for key, value in row.items()}
    return {f"availability-{key}": value for key, value in {**management, **numbered}.items()}


def moment(name: str, at: datetime) -> dict[str, str]:
    return {f"{name}_0": at.strftime("%Y-%m-%d"), f"{name}_1": at.strftime("%H:%M:%S")}


def wish(**changed: Any) -> dict[str, Any]:
    return {
        "patient": PatientFactory().pk,
        "clinic": ClinicFactory().pk,
        "visit_type": VisitTypeFactory().pk,
        "manual_boost": 0,
        "min_notice_minutes": 60,
        **windows(),
        **changed,
    }


def slot(hours: float = 30, **changed: Any) -> dict[str, Any]:
    provider = ProviderFactory()
    return {
        "clinic": provider.clinics.get().pk,
        "provider": provider.pk,
        "visit_type": VisitTypeFactory().pk,
        **moment("starts_at", in_hours(hours)),
        **moment("ends_at", in_hours(hours + 0.5)),
        **changed,
    }


@pytest.fixture(autouse=True)
def _in_utc(settings: Any) -> None:
    settings.TIME_ZONE = "UTC"


def test_a_wish_entered_in_the_admin_joins_with_its_windows(desk: Client) -> None:
    monday = {"weekday": 0, "start": "08:00", "end": "12:00"}
    answer = desk.post(add(ENTRY), {**wish(urgent="on"), **windows(monday)})
    assert answer.status_code == 302
    entry = WaitlistEntry.objects.get()
    assert (entry.urgent, entry.availability.get().weekday) == (True, 0)
    assert AuditEvent.objects.get(verb="entry.joined").actor.startswith("user")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"manual_boost": 5}, "Say why this patient goes ahead of others."),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "08:00"}, "The wish would have run out already."),
    ],
)
def test_what_joining_refuses_is_shown_at_the_form(desk: Client, changed: dict[str, Any], words: str) -> None:
    answer = desk.post(add(ENTRY), wish(**changed))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not WaitlistEntry.objects.exists()


def test_a_patient_who_waits_already_is_not_joined_twice(desk: Client) -> None:
    entry = WaitlistEntryFactory()
    same = {"patient": entry.patient_id, "clinic": entry.clinic_id, "visit_type": entry.visit_type_id}
    assert desk.post(add(ENTRY), wish(**same)).status_code == 200
    assert WaitlistEntry.objects.count() == 1


def test_a_wish_is_edited_through_the_verb_and_keeps_its_windows(desk: Client) -> None:
    window = AvailabilityFactory()
    entry = window.entry
    kept = {"id": window.pk, "entry": entry.pk, "weekday": 0, "start": "08:00", "end": "17:00"}
    body = {**wish(urgent="on"), **windows(kept, stored=1)}
    assert desk.post(change(ENTRY, entry.pk), body).status_code == 302
    changed = WaitlistEntry.objects.get()
    assert (changed.urgent, changed.patient_id) == (True, entry.patient_id)
    assert list(changed.availability.values_list("pk", flat=True)) == [window.pk]
    assert AuditEvent.objects.get(verb="entry.edited").data["fields"] == ["urgent"]


def test_a_window_is_taken_out_by_the_verb(desk: Client) -> None:
    window = AvailabilityFactory()
    gone = {
        "id": window.pk,
        "entry": window.entry_id,
        "weekday": 0,
        "start": "08:00",
        "end": "17:00",
        "DELETE": "on",
    }
    assert (
        desk.post(
            change(ENTRY, window.entry_id), {**wish(), **windows({**gone, "DELETE": "on"}, stored=1)}
        ).status_code
        == 302
    )
    assert not WaitlistEntry.objects.get().availability.exists()


def test_an_entry_that_has_left_is_not_edited(desk: Client) -> None:
    entry = WaitlistEntryFactory(status="removed")
    answer = desk.post(change(ENTRY, entry.pk), wish(urgent="on"))
    assert answer.status_code == 200
    assert "no longer on the waitlist" in answer.content.decode()


def test_the_state_of_an_entry_is_not_typed_in(desk: Client) -> None:
    entry = WaitlistEntryFactory()
    desk.post(change(ENTRY, entry.pk), wish(status="matched", joined_at_0="2020-01-01", joined_at_1="08:00"))
    kept = WaitlistEntry.objects.get()
    assert (kept.status, kept.joined_at) == ("waiting", entry.joined_at)


def test_a_slot_entered_in_the_admin_is_opened(desk: Client) -> None:
    assert desk.post(add(SLOT), slot()).status_code == 302
    opened = Cancellation.objects.get()
    assert (opened.status, opened.starts_at) == ("open", in_hours(30))


def test_what_opening_refuses_is_shown_at_the_form(desk: Client) -> None:
    for bad in (slot(hours=-30), slot(provider=ProviderFactory().pk)):
        answer = desk.post(add(SLOT), bad)
        assert answer.status_code == 200
        assert b"errorlist" in answer.content
    assert not Cancellation.objects.exists()


def test_a_slot_and_a_visit_are_only_looked_at_once_stored(admin: Client) -> None:
    for name, row in ((SLOT, CancellationFactory()), (VISIT, AppointmentFactory())):
        assert b'name="_save"' not in admin.get(change(name, row.pk)).content
        assert admin.post(change(name, row.pk), slot()).status_code == 403


def test_a_visit_is_booked_and_a_double_booking_is_refused_at_the_form(desk: Client) -> None:
    body = slot(patient=PatientFactory().pk)
    assert desk.post(add(VISIT), body).status_code == 302
    answer = desk.post(add(VISIT), {**body, "patient": PatientFactory().pk})
    assert answer.status_code == 200
    assert "has another visit from" in answer.content.decode()
    assert Appointment.objects.get().source == "staff"


def test_a_patient_is_registered_through_the_verb(desk: Client) -> None:
    body = {"first_name": "Alice", "last_name": "Smith", "phone": "+12025550123", "language": "en"}
    body |= {"status": "active", "preferred_channel": "sms"}
    assert desk.post(add("clinic_patient"), body).status_code == 302
    assert AuditEvent.objects.filter(verb="patient.registered").exists()
    refused = desk.post(add("clinic_patient"), {**body, "date_of_birth": "2999-01-01"})
    assert "born in the future" in refused.content.decode()
    assert Patient.objects.count() == 1


def test_a_clinics_rules_are_kept_by_those_who_manage_it(browser_of: BrowserOf, desk: Client) -> None:
    from staff.roles import MANAGER

    clinic = ClinicFactory(name="North", contact_hours_start=None, contact_hours_end=None)
    address = change("clinic_clinic", clinic.pk)
    manager = browser_of(MANAGER)
    form = manager.get(address).context["adminform"].form
    body = {
        name: "" if value is None else ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in form.initial.items()
        if value is not False
    }
    # As the page's hidden field has it, since the default is made anew for each clinic.
    body["initial-reminder_minutes"] = body["reminder_minutes"]
    assert desk.post(address, {**body, "batch_size": 4}).status_code == 403
    assert manager.post(address, {**body, "batch_size": 4}).status_code == 302
    assert Clinic.objects.get().batch_size == 4
    assert AuditEvent.objects.get(verb="clinic.arranged").data["fields"] == ["batch_size"]
