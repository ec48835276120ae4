"""Answers that come late, over other ways, in other shapes, or from machines."""

import base64
import datetime
from typing import Any

import pytest
from django.utils import timezone

from messaging import fetching, optout
from messaging.models import Attention, Message
from tests.factories import PatientFactory, fictional_phone
from tests.messaging import posting
from tests.offers.journey import Journey, status_of
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db(transaction=True)


def attention_of(words: str) -> str:
    return str(Message.objects.get(direction="inbound", body=words).attention)


def sends(journey: Journey, entry: WaitlistEntry, **fields: str) -> None:
    """A text whose form has these fields."""
    journey.clock.shift(datetime.timedelta(seconds=5))
    form = posting.text_form(sender=entry.patient.phone, body="") | fields
    assert posting.post(journey.client, posting.INBOUND, form).status_code == 200
    journey.work()


@pytest.fixture
def known(journey: Journey) -> Journey:
    """The poller has looked before, so our number is known."""
    fetching.fetch_all(now=timezone.now())
    return journey


def loses(journey: Journey, entry: WaitlistEntry, words: str) -> None:
    """A text that the provider has, and whose webhook never came."""
    journey.clock.shift(datetime.timedelta(seconds=5))
    posting.lose(journey.twilio, sender=entry.patient.phone, body=words)


def fetched(journey: Journey) -> int:
    journey.clock.shift(datetime.timedelta(minutes=1))
    found = fetching.fetch_all(now=timezone.now())
    journey.work()
    return found


class TestLostWebhooks:
    def test_a_yes_that_no_webhook_brought_wins(self, known: Journey) -> None:
        alice = known.waiting()
        slot = known.asked()
        loses(known, alice, "YES")
        assert (fetched(known), known.winner(slot)) == (1, alice.patient_id)
        assert known.hears(alice) == ["offer", "confirmation"]

    def test_a_webhook_that_comes_after_the_fetching_books_nothing_more(self, known: Journey) -> None:
        alice = known.waiting()
        known.asked()
        loses(known, alice, "YES")
        fetched(known)
        known.says(alice, "YES", sid=known.twilio.inbound[0].sid)
        assert (known.hears(alice), known.outcomes()) == (["offer", "confirmation"], ["won"])

    def test_a_yes_found_after_a_no_books_nothing_and_calls_staff(self, known: Journey) -> None:
        # Given a YES that got lost, and a NO that did not
        alice = known.waiting()
        slot = known.asked()
        loses(known, alice, "YES")
        known.says(alice, "NO")
        # When the YES is found
        fetched(known)
        # Then the later word stands, and a person sees both
        assert (known.winner(slot), known.outcomes()) == (None, ["declined", "overtaken"])
        assert attention_of("YES") == Attention.UNCLEAR

    def test_a_no_found_after_a_yes_changes_nothing(self, known: Journey) -> None:
        alice = known.waiting()
        slot = known.asked()
        loses(known, alice, "NO")
        known.says(alice, "YES")
        fetched(known)
        assert (known.winner(slot), known.outcomes()) == (alice.patient_id, ["won", "overtaken"])
        assert known.hears(alice) == ["offer", "confirmation"]

    def test_a_yes_found_after_a_question_still_wins(self, known: Journey) -> None:
        alice = known.waiting()
        slot = known.asked()
        loses(known, alice, "YES")
        known.says(alice, "did you get that?")
        fetched(known)
        assert known.winner(slot) == alice.patient_id

    def test_a_lost_stop_ends_the_question(self, known: Journey) -> None:
        alice = known.waiting()
        known.asked()
        loses(known, alice, "please stop texting me")
        fetched(known)
        assert optout.is_suppressed(alice.patient.phone)
        assert (known.offer_of(alice), known.hears(alice)) == ("withdrawn", ["offer", "optout_notice"])

    def test_a_lost_stop_older_than_a_start_ends_nothing(self, known: Journey) -> None:
        alice = known.waiting()
        loses(known, alice, "STOP")
        known.says(alice, "START")
        known.asked()
        fetched(known)
        assert (known.offer_of(alice), known.outcomes()) == ("pending", ["restarted", "overtaken"])


class TestOtherWays:
    def test_a_whatsapp_answer_counts_for_the_number_behind_it(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        sends(journey, alice, From=f"whatsapp:{alice.patient.phone}", Body="YES")
        assert journey.winner(slot) == alice.patient_id
        assert Message.objects.get(direction="inbound").channel == "whatsapp"
        assert journey.hears(alice) == ["offer", "confirmation"]

    def test_a_stop_over_whatsapp_stops_every_text_to_the_number(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.asked()
        sends(journey, alice, From=f"whatsapp:{alice.patient.phone}", Body="STOP")
        assert optout.is_suppressed(alice.patient.phone)
        assert journey.offer_of(alice) == "withdrawn"

    @pytest.mark.parametrize("sender", ["whatsapp:US.13491208655302741918", "73529", "Bank"])
    def test_a_sender_without_a_number_is_shown_to_staff(self, journey: Journey, sender: str) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        sends(journey, alice, From=sender, Body="YES")
        assert attention_of("YES") == Attention.UNKNOWN_SENDER
        assert (journey.winner(slot), journey.twilio.bodies_to(sender)) == (None, [])


class TestOtherShapes:
    def test_a_picture_alone_is_asked_about(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        sends(journey, alice, NumMedia="1", MediaUrl0="https://example.org/1", MediaContentType0="image/png")
        assert (journey.winner(slot), journey.hears(alice)) == (None, ["offer", "clarification"])

    def test_a_yes_in_base64_is_a_yes(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        sends(journey, alice, Body=base64.b64encode("sí".encode()).decode(), BodyEncoding="base64")
        assert journey.winner(slot) == alice.patient_id

    def test_help_names_the_clinic_its_phone_and_the_way_out(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.clinic.phone = "+13125550190"
        journey.clinic.save(update_fields=["phone"])
        journey.says(alice, "HELP")
        (answer,) = journey.twilio.bodies_to(alice.patient.phone)
        assert all(part in answer for part in (journey.clinic.sms_name, "555", "0190", "STOP"))


class TestOptingBackIn:
    @pytest.mark.parametrize("words", ["START", "UNSTOP"])
    def test_start_opens_the_number_again(self, journey: Journey, words: str) -> None:
        alice = journey.waiting()
        journey.says(alice, "STOP")
        journey.says(alice, words)
        journey.asked()
        assert journey.hears(alice) == ["reply", "offer"]

    def test_a_yes_that_the_provider_takes_for_start_claims_nothing(self, journey: Journey) -> None:
        # Given a late question, and an opt-out after it
        alice = journey.waiting()
        slot = journey.asked()
        journey.wait(minutes=8)
        journey.says(alice, "STOP")
        # When a YES comes that opens the number at the provider
        sends(journey, alice, Body="YES", OptOutType="START")
        # Then nothing is booked, the number stays silent, and staff have a task
        assert journey.winner(slot) is None
        assert optout.is_suppressed(alice.patient.phone)
        assert attention_of("YES") == Attention.YES_OPTED_OUT

    def test_a_word_that_the_operator_added_for_start_opens_the_number(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.says(alice, "STOP")
        sends(journey, alice, Body="JOIN", OptOutType="START")
        assert not optout.is_suppressed(alice.patient.phone)


class TestMachines:
    def test_a_machine_that_answers_everything_is_answered_twice(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        for _ in range(6):
            journey.says(alice, "I am driving and will answer later")
        assert journey.hears(alice) == ["offer", "clarification", "reply"]
        assert journey.outcomes() == ["clarification", "for_staff"] + ["told_already"] * 4
        assert status_of(slot) == "offering"

    def test_a_machine_that_nobody_asked_is_told_once_an_hour(self, journey: Journey) -> None:
        robot = PatientFactory(phone=fictional_phone(1_801)).phone
        for _ in range(5):
            posting.text(journey.client, sender=robot, body="Thanks for contacting us")
            journey.work()
            journey.clock.shift(datetime.timedelta(minutes=10))
        assert len(journey.twilio.bodies_to(robot)) == 1

    def test_each_question_has_a_clarification_of_its_own(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.asked()
        journey.says(alice, "perhaps")
        journey.wait(minutes=8)
        journey.asked(hours=72)
        journey.says(alice, "perhaps")
        assert journey.hears(alice) == ["offer", "clarification", "offer", "clarification"]


@pytest.mark.parametrize("word", ["CANCEL", "END"])
def test_cancel_and_end_make_a_task_even_where_nothing_is_asked(journey: Journey, word: str) -> None:
    alice: Any = journey.waiting()
    journey.says(alice, word)
    assert optout.is_suppressed(alice.patient.phone)
    assert (attention_of(word), journey.outcomes()) == (Attention.MAY_CANCEL, ["stop"])
    assert journey.hears(alice) == []
