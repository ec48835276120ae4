"""By which channel somebody is asked, and what happens where that one fails for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Consent
from core.channels import Channel
from messaging import optout
from messaging.models import Message, UnusableNumber
from offers import channels, falling_back
from offers.models import Offer, WhatsAppTemplate, WrongNumber
from tests.factories import PatientFactory
from tests.mail_server import MailServer
from tests.messaging import posting
from tests.offers.journey import Journey
from tests.offers.reaching import agrees, asked_by, by_mail, clicks, first, mails
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db(transaction=True)
usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)
SENDER = "+15005550011"
CONTENT = "HX" + "0" * 32


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


def fails(journey: Journey, entry: WaitlistEntry, code: str) -> None:
    """The carrier could not deliver this patient's offer."""
    text = Message.objects.get(to=entry.patient.phone, kind="offer", channel="sms")
    posting.report(journey.client, sid=str(text.twilio_sid), word="undelivered", ours=text.uuid, code=code)
    journey.work()


class TestOrder:
    @pytest.mark.parametrize(
        ("preferred", "order"),
        [
            ("sms", ["sms", "whatsapp", "email", "voice"]),
            ("email", ["email", "sms", "whatsapp", "voice"]),
            ("whatsapp", ["whatsapp", "sms", "email", "voice"]),
            ("voice", ["voice", "sms", "whatsapp", "email"]),
        ],
    )
    def test_the_patients_own_wish_comes_first(self, preferred: str, order: list[str]) -> None:
        assert channels.in_order(preferred, reversed(Channel)) == order

    def test_rule_19_only_a_channel_that_the_patient_agreed_to_is_used(self) -> None:
        alice = PatientFactory(email="alice@example.org", preferred_channel="email")
        assert first(alice) == "sms"
        assert first(agrees(alice, "email")) == "email"

    def test_an_address_that_receives_nothing_is_passed_over_by_its_channel_alone(self) -> None:
        alice = agrees(PatientFactory(email="alice@example.org"), "email")
        UnusableNumber.objects.create(phone=alice.phone, code="30006", since=timezone.now())
        assert channels.open_to([alice.pk])[alice.pk] == ["email"]
        UnusableNumber.objects.create(
            phone=alice.email, channel="email", code="bounced", since=timezone.now()
        )
        assert first(alice) is None

    def test_a_stop_on_the_phone_leaves_e_mail_and_no_channel_of_the_phone(self, settings: Any) -> None:
        settings.WHATSAPP_SENDER = SENDER
        WhatsAppTemplate.objects.create(name="offer", language="en", content_sid=CONTENT)
        alice = agrees(PatientFactory(email="alice@example.org"), "email", "whatsapp", "voice")
        assert channels.open_to([alice.pk])[alice.pk] == ["sms", "whatsapp", "email"]
        optout.suppress(phone=alice.phone, words="STOP", source="text", now=timezone.now())
        assert channels.open_to([alice.pk])[alice.pk] == ["email"]
        alice.refresh_from_db()
        assert (alice.sms_consent, alice.whatsapp_consent, alice.voice_consent) == (False, False, False)

    def test_a_start_gives_every_channel_of_the_phone_back(self) -> None:
        alice = agrees(PatientFactory(), "voice")
        optout.suppress(phone=alice.phone, words="STOP", source="text", now=timezone.now())
        optout.lift(phone=alice.phone, words="START", now=timezone.now())
        alice.refresh_from_db()
        assert (alice.sms_consent, alice.whatsapp_consent, alice.voice_consent) == (True, False, True)

    def test_a_wrong_number_leaves_e_mail(self) -> None:
        alice = agrees(PatientFactory(email="alice@example.org"), "email")
        WrongNumber.objects.create(patient=alice, phone=alice.phone, since=timezone.now())
        assert channels.open_to([alice.pk])[alice.pk] == ["email"]


@usual
class TestByMail:
    def test_somebody_without_a_phone_is_asked_and_wins_by_e_mail(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice = by_mail(journey, "alice", phone="")
        slot = journey.asked()
        assert mails(mailbox, alice) == [
            f"{journey.clinic.sms_name}: an earlier time is free, please answer soon"
        ]
        clicks(journey, alice, "yes")
        assert journey.winner(slot) == alice.patient_id
        assert mails(mailbox, alice)[1:] == [f"{journey.clinic.sms_name}: about your visit"]
        assert "you are booked" in mailbox.taken[-1].get_content()

    def test_two_without_a_phone_are_asked_at_once_and_the_loser_hears_so(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice, bob = by_mail(journey, "alice", phone=""), by_mail(journey, "bob", phone="")
        slot = journey.asked()
        assert (asked_by(alice), asked_by(bob)) == (["email"], ["email"])
        clicks(journey, bob, "yes")
        assert journey.winner(slot) == bob.patient_id
        assert mails(mailbox, alice)[-1] == f"{journey.clinic.sms_name}: the earlier time is gone"

    def test_rule_21_an_e_mail_names_neither_the_patient_nor_the_reason(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice = by_mail(journey, "alice", phone="", first_name="Alicia", last_name="Wonder")
        journey.asked()
        whole = mailbox.taken[0].as_string()
        for private in ("Alicia", "Wonder", alice.visit_type.name, journey.provider.provider_type):
            assert private not in whole

    def test_a_no_by_e_mail_lets_the_next_be_asked(self, journey: Journey) -> None:
        alice, bob, carol = by_mail(journey, "alice", phone=""), journey.waiting(), journey.waiting()
        journey.asked()
        clicks(journey, alice, "no")
        journey.says(bob, "NO")
        assert (journey.offer_of(alice), journey.hears(carol)) == ("declined", ["offer"])

    def test_whoever_is_asked_by_e_mail_may_text_the_answer(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice = by_mail(journey, "alice", preferred_channel="email")
        slot = journey.asked()
        journey.says(alice, "YES")
        assert journey.winner(slot) == alice.patient_id
        assert (journey.hears(alice), len(mails(mailbox, alice))) == (["confirmation"], 1)

    def test_a_stop_in_an_e_mail_takes_that_consent_back_and_ends_the_question(
        self, journey: Journey
    ) -> None:
        alice, bob, carol = by_mail(journey, "alice", phone=""), journey.waiting(), journey.waiting()
        journey.asked()
        clicks(journey, alice, "stop")
        last = Consent.objects.on(patient_id=alice.patient_id, channel="email").first()
        assert last is not None
        assert (last.given, last.source, last.words) == (False, "email", "STOP")
        assert journey.offer_of(alice) == "withdrawn"
        journey.says(bob, "NO")
        assert journey.hears(carol) == ["offer"]

    def test_rule_25_an_e_mail_keeps_its_receipt(self, journey: Journey) -> None:
        alice = by_mail(journey, "alice", phone="")
        journey.asked()
        receipt = Message.objects.get(to=alice.patient.email).permission
        assert receipt is not None
        assert (receipt["basis"], list(receipt["consent"])) == ("consent", ["email"])
        assert receipt["template"].startswith("offer/en/mail@")


@usual
class TestFallingBack:
    def test_a_text_that_can_never_arrive_goes_by_the_next_channel_and_keeps_its_seat(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice, _, carol = by_mail(journey, "alice"), journey.waiting(), journey.waiting()
        slot = journey.asked()
        until = Offer.objects.get(entry=alice).hold_expires_at
        fails(journey, alice, "30006")
        offer = Offer.objects.get(entry=alice)
        assert (offer.status, offer.channel, offer.hold_expires_at) == ("pending", "email", until)
        # Also when the slot is looked at again in between
        journey.wait(seconds=61)
        assert (asked_by(alice), journey.hears(carol)) == (["sms", "email"], [])
        assert journey.offer_of(alice) == "pending"
        clicks(journey, alice, "yes")
        assert journey.winner(slot) == alice.patient_id

    def test_when_the_last_channel_fails_the_seat_is_free_at_once(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice, bob, carol = by_mail(journey, "alice"), journey.waiting(), journey.waiting()
        journey.asked()
        mailbox.fault = "rcpt:550 5.1.1 nobody here"
        fails(journey, alice, "30006")
        assert journey.offer_of(alice) == "undeliverable"
        fails(journey, bob, "30006")
        assert journey.hears(carol) == ["offer"]

    def test_a_failure_that_may_pass_goes_by_no_other_channel(self, journey: Journey) -> None:
        alice = by_mail(journey, "alice")
        journey.asked()
        fails(journey, alice, "30003")
        assert (asked_by(alice), journey.offer_of(alice)) == (["sms"], "undeliverable")

    def test_a_hold_that_is_nearly_over_is_not_tried_again(self, journey: Journey) -> None:
        alice = by_mail(journey, "alice")
        journey.asked()
        journey.clock.shift(7 * 60 - 30)
        fails(journey, alice, "30006")
        assert (asked_by(alice), journey.offer_of(alice)) == (["sms"], "undeliverable")

    def test_nothing_goes_twice_by_one_channel_however_often_it_is_asked_for(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice = by_mail(journey, "alice")
        journey.asked()
        fails(journey, alice, "30006")
        for message in Message.objects.filter(kind="offer"):
            falling_back.owe_next(message_id=message.pk, now=timezone.now())
        journey.work()
        assert (asked_by(alice), len(mails(mailbox, alice))) == (["sms", "email"], 1)

    def test_a_refused_text_starts_its_hold_with_the_e_mail(self, journey: Journey) -> None:
        alice = by_mail(journey, "alice")
        journey.twilio.faults = ["400:21614"]
        journey.asked()
        journey.work()
        offer = Offer.objects.get(entry=alice)
        assert (asked_by(alice), offer.channel) == (["sms", "email"], "email")
        assert offer.hold_expires_at is not None

    def test_a_confirmation_that_cannot_arrive_goes_by_the_next_channel_too(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice = by_mail(journey, "alice")
        journey.asked()
        journey.twilio.faults = ["400:21614"]
        journey.says(alice, "YES")
        journey.work()
        assert mails(mailbox, alice) == [f"{journey.clinic.sms_name}: about your visit"]

    def test_the_word_that_a_time_is_gone_goes_by_the_next_channel_too(
        self, journey: Journey, mailbox: MailServer
    ) -> None:
        alice, bob = by_mail(journey, "alice"), journey.waiting()
        journey.asked()
        # The confirmation leaves before it.
        journey.twilio.faults = ["", "400:21614"]
        journey.says(bob, "YES")
        journey.work()
        assert mails(mailbox, alice) == [f"{journey.clinic.sms_name}: the earlier time is gone"]
