"""A reminder that will never arrive by its channel goes by its patient's next, once; then a person calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Appointment, Patient
from messaging import failing, inbox
from messaging.models import Message
from offers import falling_back
from offers.models import WhatsAppTemplate
from outreach.models import Reminder
from staff import calls
from staff.roles import ADMIN
from tests.factories import UserFactory
from tests.mail_server import MailServer
from tests.messaging import posting
from tests.offers.journey import Journey
from tests.offers.reaching import agrees, clicks, mails
from tests.outreach.reminding import begin, handed_over, states, sweep, texts
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


def reminded(journey: Journey) -> Any:
    """A visit whose patient agreed to texts and to e-mail, and who has been texted a reminder of it."""
    visit = booked(journey)
    Patient.objects.filter(pk=visit.patient_id).update(email="alice@example.org")
    agrees(visit.patient, "email")
    journey.wait(hours=6, seconds=1)
    return Appointment.objects.select_related("patient").get(pk=visit.pk)


def report(journey: Journey, word: str, code: str = "") -> None:
    text = texts()[0]
    posting.report(journey.client, sid=str(text.twilio_sid), word=word, ours=text.uuid, code=code)
    journey.work()


def to_look_at() -> list[str]:
    """The channels of the texts that stand on the call list."""
    found = calls.lost(timezone.now(), user=UserFactory(roles=[ADMIN]))
    return [call.message.channel for call in found]


@usual
def test_the_reminder_goes_by_e_mail_and_is_answered_there(journey: Journey, mailbox: MailServer) -> None:
    visit = reminded(journey)
    report(journey, "undelivered", "30006")
    assert [subject.split(": ")[1] for subject in mails(mailbox, visit)] == ["a reminder of your visit"]
    reminder = Reminder.objects.get()
    assert (reminder.status, reminder.channel, to_look_at()) == ("sent", "email", [])
    clicks(journey, visit, "confirm")
    assert Appointment.objects.get(pk=visit.pk).confirmed_at is not None


@usual
def test_when_the_last_channel_has_failed_a_person_calls_and_a_late_delivery_takes_that_back(
    journey: Journey, mailbox: MailServer
) -> None:
    visit = reminded(journey)
    mailbox.fault = "rcpt:550 5.1.1 nobody here"
    report(journey, "undelivered", "30006")
    assert states(visit) == ["failed: not_delivered"]
    assert to_look_at() == ["email"]
    report(journey, "delivered")
    assert (states(visit), to_look_at()) == (["sent"], [])


@pytest.fixture
def sent(db: None, settings: Any) -> Message:
    """The text of a reminder that the provider took, to a patient who agreed to more than texts."""
    settings.VOICE_CALLS, settings.WHATSAPP_SENDER = True, "+15005550011"
    reminder, _ = handed_over()
    patient = reminder.appointment.patient
    Patient.objects.filter(pk=patient.pk).update(email="alice@example.org", preferred_channel="whatsapp")
    agrees(patient, "email", "voice", "whatsapp")
    sweep()
    return texts()[0]


def lose(text: Message, code: str) -> None:
    Message.objects.filter(pk=text.pk).update(status="undelivered", error_code=code, status_rank=5)
    text.refresh_from_db()
    failing.failed(message=text, code=code, now=timezone.now())


def channels() -> list[str]:
    return [text.channel for text in texts()]


def test_nobody_is_rung_up_and_what_has_no_approved_words_goes_not_twice_as_a_text(sent: Message) -> None:
    WhatsAppTemplate.objects.create(name="offer", language="en", content_sid="HX" + "0" * 32)
    lose(sent, "30006")
    assert falling_back.owe_next(message_id=sent.pk, now=timezone.now()) is False
    assert channels() == ["sms", "email"]
    lose(texts()[1], "bounced")
    assert (channels(), to_look_at()) == (["sms", "email"], ["email"])


def test_a_text_that_arrives_after_all_takes_its_e_mail_back(sent: Message, client: Client) -> None:
    lose(sent, "30006")
    posting.report(client, sid=str(sent.twilio_sid), word="delivered", ours=sent.uuid)
    inbox.sweep(now=timezone.now())
    sweep()
    _, mail = texts()
    assert (mail.status, mail.skip_reason) == ("skipped", "first_arrived")
    assert Reminder.objects.get().channel == "sms"


def test_what_may_pass_has_its_later_try_first_and_then_the_next_channel(sent: Message) -> None:
    lose(sent, "30003")
    assert channels() == ["sms", "sms"]
    lose(texts()[1], "30003")
    assert channels() == ["sms", "sms", "email"]


def test_nothing_is_said_of_a_visit_that_has_begun(sent: Message) -> None:
    begin(Reminder.objects.get())
    lose(sent, "30006")
    assert channels() == ["sms"]


def test_without_consent_to_another_channel_the_reminder_has_failed(sent: Message) -> None:
    Patient.objects.update(email_consent=False, voice_consent=False, whatsapp_consent=False)
    lose(sent, "30006")
    assert (channels(), states(Appointment.objects.get())) == (["sms"], ["failed: not_delivered"])
