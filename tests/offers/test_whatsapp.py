"""WhatsApp: off unless the operator accepts it, then approved words only, and a text where there are none."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.models import Patient
from messaging import errors
from messaging.models import Message
from offers.models import WhatsAppTemplate
from tests.factories import PatientFactory
from tests.messaging import posting
from tests.offers.journey import Journey
from tests.offers.reaching import agrees, asked_by, first
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db(transaction=True)
usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)
SENDER = "+15005550011"
CONTENT = "HX" + "0" * 32


@usual
class TestWhatsApp:
    @pytest.fixture(autouse=True)
    def _on(self, settings: Any) -> None:
        settings.WHATSAPP_SENDER = SENDER

    def wants_whatsapp(self, journey: Journey) -> WaitlistEntry:
        alice = journey.waiting(patient__preferred_channel="whatsapp")
        agrees(alice.patient, "whatsapp")
        return alice

    def approve(self, name: str, placeholders: str) -> None:
        WhatsAppTemplate.objects.create(
            name=name, language="en", content_sid=CONTENT, placeholders=placeholders
        )

    def test_rule_21_approved_words_only_by_their_content_sid(self, journey: Journey) -> None:
        self.approve("offer", "clinic, provider")
        alice = self.wants_whatsapp(journey)
        journey.asked()
        (taken,) = journey.twilio.taken
        assert (taken.to, taken.sender) == (f"whatsapp:{alice.patient.phone}", f"whatsapp:{SENDER}")
        assert taken.content.startswith(f'{CONTENT}{{"1": "{journey.clinic.sms_name}", "2": "')
        assert taken.body == ""

    def test_rule_21_without_approved_words_it_is_a_text_at_once(self, journey: Journey) -> None:
        alice = self.wants_whatsapp(journey)
        journey.asked()
        assert (asked_by(alice), journey.hears(alice)) == (["sms"], ["offer"])

    def test_an_answer_by_whatsapp_wins_and_what_has_no_approved_words_is_texted(
        self, journey: Journey
    ) -> None:
        self.approve("offer", "clinic")
        alice = self.wants_whatsapp(journey)
        slot = journey.asked()
        posting.text(journey.client, sender=f"whatsapp:{alice.patient.phone}", body="YES")
        journey.work()
        assert journey.winner(slot) == alice.patient_id
        assert [text.to for text in journey.twilio.taken] == [
            f"whatsapp:{alice.patient.phone}",
            alice.patient.phone,
        ]

    def test_rule_4_what_whatsapp_took_unheard_is_found_and_never_sent_again(self, journey: Journey) -> None:
        self.approve("offer", "clinic")
        self.wants_whatsapp(journey)
        journey.twilio.faults = ["drop"]
        journey.asked()
        journey.wait(seconds=20)
        (taken,) = journey.twilio.taken
        message = Message.objects.get(kind="offer")
        assert (message.status, message.twilio_sid) == ("sent", taken.sid)

    def test_nothing_goes_twice_by_the_channel_that_it_took_first(self, journey: Journey) -> None:
        self.approve("offer", "clinic")
        alice = self.wants_whatsapp(journey)
        journey.twilio.faults = ["400:63016", "400:21614"]
        journey.asked()
        journey.work()
        assert (asked_by(alice), journey.offer_of(alice)) == (["whatsapp", "sms"], "undeliverable")

    def test_a_message_that_was_read_has_arrived(self, journey: Journey) -> None:
        self.approve("offer", "clinic")
        self.wants_whatsapp(journey)
        journey.asked()
        message = Message.objects.get(kind="offer")
        posting.report(journey.client, sid=str(message.twilio_sid), word="read", ours=message.uuid)
        journey.work()
        message.refresh_from_db()
        assert message.status == "delivered"

    @pytest.mark.parametrize("code", ["63016", "63003", "63024", "63027"])
    def test_what_whatsapp_does_not_take_is_a_text(self, journey: Journey, code: str) -> None:
        self.approve("offer", "clinic")
        alice = self.wants_whatsapp(journey)
        journey.twilio.faults = [f"400:{code}"]
        journey.asked()
        journey.work()
        assert errors.of(code).permanent
        assert (asked_by(alice), journey.hears(alice)) == (["whatsapp", "sms"], ["offer"])


def test_rule_21_whatsapp_is_off_unless_the_operator_switched_it_on() -> None:
    WhatsAppTemplate.objects.create(name="offer", language="en", content_sid=CONTENT)
    alice = agrees(PatientFactory(preferred_channel="whatsapp"), "whatsapp")
    assert first(alice) == "sms"
    Patient.objects.filter(pk=alice.pk).update(sms_consent=False)
    assert first(alice) is None
