"""May we text, and what did we promise? The page of one patient, and the search that leads to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Clinic, Consent, Patient
from core.models import AuditEvent
from messaging import optout
from messaging.models import Message
from offers.states import OfferStatus
from staff.roles import AUDITOR, FRONT_DESK
from tests import factories
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create()
    return made


@pytest.fixture
def user(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,))
    client.force_login(made)
    return made


@pytest.fixture
def ana(clinic: Clinic) -> Patient:
    """Somebody on the waitlist of the clinic."""
    who = {"patient__first_name": "Ana", "patient__last_name": "Miller"}
    patient: Patient = factories.WaitlistEntryFactory(clinic=clinic, **who).patient
    return patient


def page_of(client: Client, patient: Patient) -> str:
    answer = client.get(f"/patients/{patient.pk}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("typed", ["mil an", "{digits}", "{born}"])
def test_a_patient_is_found_by_name_digits_or_birth_and_in_no_address(
    client: Client, user: User, ana: Patient, typed: str
) -> None:
    Patient.objects.filter(pk=ana.pk).update(date_of_birth="1980-02-29")
    other = factories.WaitlistEntryFactory(patient__last_name="Miller", patient__first_name="Ana").patient
    said = typed.format(digits=ana.phone[-4:], born="1980-02-29")
    found = client.post("/patients/", {"typed": said})
    words = found.content.decode()
    assert f'href="/patients/{ana.pk}/"' in words
    assert f'href="/patients/{other.pk}/"' not in words
    assert found.status_code == 200
    assert ana.phone not in words


def test_who_waits_at_another_clinic_alone_can_be_put_on_the_list_of_this_one(
    client: Client, user: User, clinic: Clinic
) -> None:
    elsewhere = factories.ClinicFactory.create()
    bob = factories.PatientFactory.create(first_name="Bob", last_name="Ortiz")
    factories.AppointmentFactory.create(clinic=clinic, patient=bob, status="completed")
    factories.AppointmentFactory.create(clinic=elsewhere, patient=bob)
    factories.WaitlistEntryFactory.create(clinic=elsewhere, patient=bob)
    words = client.post("/patients/", {"typed": "ortiz"}).content.decode()
    assert f'href="/waitlist/new/{bob.pk}/"' in words
    assert "On the waitlist" not in words
    assert "has a visit" not in words


def test_the_page_teaches_before_a_search_and_after_one_in_vain(client: Client, user: User) -> None:
    assert "two or three letters" in client.get("/patients/").content.decode()
    assert "Nobody of your clinics fits" in client.post("/patients/", {"typed": "zz"}).content.decode()
    assert client.post("/patients/", {"typed": "x" * 81}).status_code == 422


def test_the_search_is_paged_and_costs_the_same_for_ten_and_for_many(
    client: Client, user: User, clinic: Clinic
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.post("/patients/", {"typed": "Miller"}).status_code == 200
        return len(seen)

    factories.PatientFactory.create_batch(10, last_name="Miller")
    few = queries()
    Patient.objects.bulk_create(Patient(first_name=f"N{n}", last_name="Miller") for n in range(990))
    assert queries() == few
    last = client.post("/patients/", {"typed": "Miller", "page": "40"}).content.decode()
    assert "Page 40 of 40" in last


def test_the_page_says_whether_we_may_text_and_from_where_that_is_known(
    client: Client, user: User, ana: Patient
) -> None:
    words = page_of(client, ana)
    assert "We may ask this patient" in words
    assert "Recorded by staff, frontdesk: “Text me.”" in words
    assert "3 more offers today of 3, 7 this week" in words
    assert "open now" in words
    optout.suppress(phone=ana.phone, words="STOP", source="text", now=timezone.now())
    words = page_of(client, ana)
    assert "We may not ask this patient" in words
    assert "STOP since" in words
    assert "Texted by the patient, patient: “STOP”" in words


def test_the_page_says_what_is_promised_and_until_when(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    slot = factories.CancellationFactory(clinic=clinic, status="offering")
    until = timezone.now() + timedelta(minutes=7)
    asked = {"status": OfferStatus.PENDING, "hold_expires_at": until}
    factories.OfferFactory(cancellation=slot, entry=ana.waitlist_entries.get(), **asked)
    words = page_of(client, ana)
    assert f"held until {until.astimezone(clinic.zone):%H:%M}" in words
    assert "2 more offers today of 3" in words


def test_who_shares_the_phone_is_named_and_only_whom_one_may_see(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    child = factories.WaitlistEntryFactory(clinic=clinic, patient__phone=ana.phone).patient
    hidden = factories.WaitlistEntryFactory(patient__phone=ana.phone, patient__last_name="Hidden").patient
    theirs = {"clinic": hidden.waitlist_entries.get().clinic_id, "patient": hidden.pk}
    factories.MessageFactory(to=ana.phone, body="Not for this desk", related=theirs)
    factories.MessageFactory(to=ana.phone, body="For this desk", related={"clinic": clinic.pk})
    words = page_of(client, ana)
    assert "This phone is shared with" in words
    assert str(child) in words
    assert "For this desk" in words
    assert "Hidden" not in words
    assert "Not for this desk" not in words


def test_a_look_at_the_page_is_written_down_with_who_and_from_where(
    client: Client, user: User, ana: Patient
) -> None:
    page_of(client, ana)
    event = AuditEvent.objects.get(verb="patient.seen")
    assert (event.actor, event.object_type, event.object_id, event.ip) == (
        user.username,
        "clinic.patient",
        str(ana.pk),
        "127.0.0.1",
    )


def test_consent_is_recorded_and_taken_back_with_the_words(client: Client, user: User, ana: Patient) -> None:
    address = f"/patients/{ana.pk}/consent/"
    refused = client.post(address, {"channel": "sms", "given": "no", "words": " "})
    assert refused.status_code == 422
    assert "This field is required." in refused.content.decode()
    client.post(address, {"channel": "sms", "given": "no", "words": "told us on the phone"})
    word = Consent.objects.latest("pk")
    assert (word.given, word.words, word.recorded_by, word.source) == (
        False,
        "told us on the phone",
        user.username,
        "staff",
    )
    ana.refresh_from_db()
    assert not ana.sms_consent


def test_details_are_changed_and_a_bad_phone_is_told_at_the_field(
    client: Client, user: User, ana: Patient
) -> None:
    said = {"first_name": "Ana", "last_name": "Miller", "language": "es", "status": "active"}
    said |= {"preferred_channel": "sms", "phone": "12"}
    address = f"/patients/{ana.pk}/details/"
    refused = client.post(address, said)
    assert refused.status_code == 422
    assert 'value="12"' in refused.content.decode()
    assert client.post(address, {**said, "phone": ana.phone}).status_code == 302
    ana.refresh_from_db()
    assert ana.language == "es"


def test_the_desk_chooses_the_doctor_and_whether_birthdays_are_greeted(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    doctor, elsewhere = factories.ProviderFactory(clinics=[clinic]), factories.ProviderFactory()
    address = f"/patients/{ana.pk}/details/"
    assert 'name="birthday_greetings" aria' in client.get(address).content.decode()
    said = {"first_name": "Ana", "last_name": "Miller", "language": "en", "status": "active"}
    said |= {"preferred_channel": "sms", "phone": ana.phone, "under_guardian": "on"}
    assert client.post(address, {**said, "primary_provider": elsewhere.pk}).status_code == 422
    assert client.post(address, {**said, "primary_provider": doctor.pk}).status_code == 302
    ana.refresh_from_db()
    assert (ana.primary_provider, ana.under_guardian, ana.birthday_greetings) == (doctor, True, False)
    assert str(doctor) in page_of(client, ana)
    Patient.objects.update(primary_provider=elsewhere)
    assert client.post(address, {**said, "primary_provider": elsewhere.pk}).status_code == 302


def test_somebody_new_is_on_the_books_and_next_is_what_they_wait_for(client: Client, user: User) -> None:
    said = {"first_name": "Zoe", "last_name": "Quist", "phone": "(312) 555-0177", "language": "en"}
    said |= {"preferred_channel": "sms", "status": "active", "sms_consent": "on", "consent_words": "ok"}
    done = client.post("/patients/new/", said)
    zoe = Patient.objects.get(phone="+13125550177")
    assert done["Location"] == f"/waitlist/new/{zoe.pk}/"
    assert zoe.sms_consent
    assert 'name="birthday_greetings"' in client.get("/patients/new/").content.decode()


def test_one_click_puts_somebody_with_a_visit_on_the_list(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    visit = factories.AppointmentFactory(clinic=clinic, patient=ana)
    assert "Wants earlier" in page_of(client, ana)
    client.post(f"/waitlist/earlier/{visit.pk}/")
    entry = WaitlistEntry.objects.get(current_appointment=visit)
    assert (entry.patient, entry.provider_type) == (ana, visit.provider.provider_type)
    again = client.post(f"/waitlist/earlier/{visit.pk}/", follow=True).content.decode()
    assert "already waiting for that visit here" in again
    assert "Wants earlier" not in again


@pytest.mark.parametrize("gone", [{"status": "cancelled"}, {"hours": -3}])
def test_nobody_waits_for_an_earlier_time_than_one_that_is_gone(
    client: Client, user: User, clinic: Clinic, gone: dict[str, Any]
) -> None:
    starts = factories.in_hours(gone.get("hours", 48))
    visit = factories.AppointmentFactory(clinic=clinic, starts_at=starts, status=gone.get("status", "booked"))
    told = client.post(f"/waitlist/earlier/{visit.pk}/", follow=True).content.decode()
    assert "There can be an earlier visit only than one that is booked" in told
    assert not WaitlistEntry.objects.exists()


def test_staff_send_a_link_pause_and_are_told_who_was_faster(
    client: Client, user: User, ana: Patient
) -> None:
    address = f"/patients/{ana.pk}/entries/{ana.waitlist_entries.get().pk}"
    assert "Done." in client.post(f"{address}/link/", follow=True).content.decode()
    assert Message.objects.get(kind="link").to == ana.phone
    again = client.post(f"{address}/link/", follow=True).content.decode()
    assert f"{user.username} has sent a link a few minutes ago." in again
    assert "/my/…" in again or "made when it leaves" in again
    client.post(f"{address}/pause/")
    assert "This entry is paused already." in client.post(f"{address}/pause/", follow=True).content.decode()
    assert client.post(f"{address}/explode/").status_code == 404


def test_an_invitation_to_join_is_refused_at_the_field_and_sent(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    said = {"clinic": clinic.pk, "visit_type": factories.VisitTypeFactory().pk}
    elsewhere = factories.ProviderFactory(clinics=[clinic, factories.ClinicFactory()])
    elsewhere.clinics.remove(clinic)
    refused = client.post(f"/patients/{ana.pk}/invite/", {**said, "provider": elsewhere.pk})
    assert refused.status_code == 422
    assert client.post(f"/patients/{ana.pk}/invite/", said).status_code == 302
    assert Message.objects.get(kind="link").related["patient"] == ana.pk


def test_an_auditor_reads_and_has_no_buttons(client: Client, ana: Patient) -> None:
    client.force_login(factories.UserFactory(roles=[AUDITOR]))
    words = page_of(client, ana)
    assert "We may ask this patient" in words
    assert "Record or withdraw consent" not in words
    assert "Take off" not in words
