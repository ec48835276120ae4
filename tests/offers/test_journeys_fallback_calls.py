"""A call as the last of the channels: who is rung, and who never is."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.models import Message, UnusableNumber
from messaging.states import MessageStatus
from tests.factories import PatientFactory
from tests.messaging import posting
from tests.offers.journey import Journey, status_of
from tests.offers.ringing import agree, asked_at, on_the_line, replies_to
from tests.twilio_standin import StandIn


@pytest.fixture
def calls_are_on(settings: Any, twilio: StandIn) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, settings.TWILIO_PHONE_NUMBER


def landline(journey: Journey, **fields: Any) -> Any:
    """Somebody who agreed to texts and to calls, at a number that receives no texts."""
    return journey.waiting(patient=agree(PatientFactory(**fields)))


@pytest.mark.usefixtures("calls_are_on")
class TestOn:
    def test_whom_no_text_reaches_is_called_and_1_books(self, journey: Journey) -> None:
        alice, bob = landline(journey), journey.waiting()
        journey.twilio.faults = ["400:21614"]
        slot = journey.asked()
        journey.work()
        line = on_the_line(journey, asked_at(journey.twilio.calls[0].to))
        line.pick_up().press("1").end()
        assert "You are booked" in line.heard[-1]
        assert (status_of(slot), journey.winner(slot)) == ("filled", alice.patient_id)
        assert replies_to(line) == [("voice", "confirmation", "delivered")]
        assert journey.hears(bob) == ["offer", "taken"]
        assert journey.hears(alice) == []

    def test_a_text_that_a_carrier_could_not_deliver_is_followed_by_a_call(self, journey: Journey) -> None:
        alice = landline(journey)
        journey.asked()
        text = journey.twilio.taken[0]
        asked = Message.objects.get(twilio_sid=text.sid)
        posting.report(journey.client, sid=text.sid, word="undelivered", ours=asked.uuid, code="30006")
        journey.work()
        journey.work()
        assert [call.to for call in journey.twilio.calls] == [alice.patient.phone]
        assert journey.offer_of(alice) == "pending"

    def test_who_agreed_to_calls_alone_is_called_at_once(self, journey: Journey) -> None:
        alice = landline(journey, sms_consent=False)
        journey.asked()
        assert [call.to for call in journey.twilio.calls] == [alice.patient.phone]
        assert journey.twilio.taken == []

    def test_who_would_rather_be_called_is_called_first_and_texted_when_nobody_picks_up(
        self, journey: Journey
    ) -> None:
        alice = landline(journey, preferred_channel="voice")
        journey.asked()
        line = on_the_line(journey, asked_at(alice.patient.phone))
        assert journey.hears(alice) == []
        line.end("no-answer")
        journey.work()
        assert journey.hears(alice) == ["offer"]
        assert journey.offer_of(alice) == "pending"

    def test_a_call_in_vain_is_the_last_and_frees_the_place(self, journey: Journey) -> None:
        alice, _, carol = landline(journey, sms_consent=False), journey.waiting(), journey.waiting()
        slot = journey.asked()
        on_the_line(journey, asked_at(alice.patient.phone)).end("busy")
        journey.wait(seconds=61)
        assert journey.offer_of(alice) == "undeliverable"
        assert journey.hears(carol) == ["offer"]
        assert len(journey.twilio.calls) == 1
        assert status_of(slot) == "offering"

    def test_who_did_not_agree_to_calls_is_never_called(self, journey: Journey) -> None:
        journey.waiting()
        journey.twilio.faults = ["400:21614"]
        journey.asked()
        journey.wait(minutes=8)
        assert journey.twilio.calls == []

    def test_nobody_is_called_at_night(self, journey: Journey) -> None:
        alice = landline(journey, sms_consent=False)
        start, end = journey.clinic.contact_hours
        journey.clinic.contact_hours_start = start.replace(hour=20)
        journey.clinic.contact_hours_end = end
        journey.clinic.save()
        journey.asked()
        assert journey.twilio.calls == []
        assert journey.offer_of(alice) == ""

    def test_a_stop_by_text_ends_calls_as_well(self, journey: Journey) -> None:
        alice = landline(journey)
        journey.says(alice, "STOP")
        alice.patient.refresh_from_db()
        assert alice.patient.voice_consent is False
        journey.asked()
        assert (journey.twilio.calls, journey.offer_of(alice)) == ([], "")


class TestOff:
    def test_off_by_default_nobody_is_ever_called(self, journey: Journey) -> None:
        both, alone = landline(journey), landline(journey, sms_consent=False)
        journey.twilio.faults = ["400:21614"]
        journey.asked()
        journey.wait(minutes=8)
        assert UnusableNumber.objects.get().phone == both.patient.phone
        assert journey.twilio.calls == []
        assert (journey.offer_of(both), journey.offer_of(alone)) == ("undeliverable", "")
        assert not Message.objects.filter(channel="voice").exclude(status=MessageStatus.SKIPPED).exists()
