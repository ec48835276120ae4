"""A reminder goes by its patient's own channel, and so does its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Appointment, Patient
from offers import channels
from offers.models import WhatsAppTemplate
from outreach import sending
from outreach.models import Reminder
from tests.factories import PatientFactory
from tests.mail_server import MailServer
from tests.offers.journey import Journey
from tests.offers.reaching import agrees, clicks, mails
from tests.outreach.reminding import in_state, states, texts
from tests.outreach.test_journeys import booked

usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(autouse=True)
def mailbox(mail_server: MailServer, settings: Any) -> MailServer:
    mail_server.fault, mail_server.taken = "", []
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    settings.EMAIL_TIMEOUT = 1
    return mail_server


def prefers_mail(visit: Appointment) -> Patient:
    patient = visit.patient
    patient.email, patient.preferred_channel = "alice@example.org", "email"
    patient.save()
    return agrees(patient, "email")


@usual
def test_a_reminder_by_e_mail_is_answered_by_its_buttons(journey: Journey, mailbox: MailServer) -> None:
    # Given Alice, who wants to hear from us by e-mail
    visit: Any = booked(journey)
    visit.patient = prefers_mail(visit)
    journey.wait(hours=6, seconds=1)
    assert [subject.split(": ")[1] for subject in mails(mailbox, visit)] == ["a reminder of your visit"]
    assert Reminder.objects.get().channel == "email"
    # When she says that she cannot come, and means it
    clicks(journey, visit, "cannot")
    assert "shall we cancel your visit?" in mails(mailbox, visit)[-1]
    clicks(journey, visit, "cancel")
    # Then the visit is cancelled, and not a text has left
    assert Appointment.objects.get(pk=visit.pk).status == "cancelled"
    assert journey.outcomes() == ["ask_cancel", "visit_cancelled"]
    assert journey.twilio.taken == []


@usual
def test_a_visit_is_confirmed_by_the_button_of_its_e_mail(journey: Journey, mailbox: MailServer) -> None:
    visit: Any = booked(journey)
    visit.patient = prefers_mail(visit)
    journey.wait(hours=6, seconds=1)
    clicks(journey, visit, "confirm")
    assert Appointment.objects.get(pk=visit.pk).confirmed_at is not None


@pytest.mark.django_db
def test_without_consent_to_the_wish_the_reminder_is_a_text() -> None:
    reminder = in_state("scheduled")
    Patient.objects.update(preferred_channel="email", email="alice@example.org")
    assert sending.remind(reminder_id=reminder.pk, now=timezone.now()) == sending.HANDED_OVER
    assert texts()[0].channel == "sms"


@pytest.mark.django_db
def test_an_address_without_consent_reaches_nobody() -> None:
    reminder = in_state("scheduled")
    Patient.objects.update(phone="", email="alice@example.org")
    assert sending.remind(reminder_id=reminder.pk, now=timezone.now()) == "no_consent"
    assert states(reminder.appointment) == ["skipped: no_consent"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("preferred", "agreed", "channel"),
    [
        ("sms", ["sms", "whatsapp", "email"], "sms"),
        ("email", ["sms", "whatsapp", "email"], "email"),
        ("voice", ["sms", "whatsapp", "email", "voice"], "whatsapp"),
        ("email", ["sms", "whatsapp"], "whatsapp"),
        ("whatsapp", ["sms", "email"], "sms"),
        ("sms", ["email"], "email"),
    ],
)
def test_the_patients_wish_comes_first_then_whatsapp_texts_and_e_mail(
    preferred: str, agreed: list[str], channel: str, settings: Any
) -> None:
    settings.WHATSAPP_SENDER, settings.VOICE_CALLS = "+15005550011", True
    WhatsAppTemplate.objects.create(name="reminder", language="en", content_sid="HX" + "0" * 32)
    patient = PatientFactory(
        email="alice@example.org", preferred_channel=preferred, sms_consent="sms" in agreed
    )
    agrees(patient, *(each for each in agreed if each != "sms"))
    patient.refresh_from_db()
    assert channels.in_writing(patient, name="reminder") == channel


@pytest.mark.django_db
def test_nobody_is_rung_up_for_a_reminder() -> None:
    reminder = in_state("scheduled")
    patient = agrees(reminder.appointment.patient, "voice")
    Patient.objects.filter(pk=patient.pk).update(preferred_channel="voice")
    assert sending.remind(reminder_id=reminder.pk, now=timezone.now()) == sending.HANDED_OVER
    assert texts()[0].channel == "sms"
