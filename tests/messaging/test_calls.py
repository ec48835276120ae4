"""A call leaves as a text does: once, with a lease, and honestly unknown where nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as configured
from django.utils import timezone

from core.channels import Channel
from messaging import delivery, gate, gateways, inbox, reconciling
from messaging.models import Kind, Message, Sender
from messaging.states import MessageStatus
from tests.factories import fictional_phone
from tests.messaging import posting
from tests.messaging.sending import queued, send
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db
ALICE = fictional_phone(1)


@pytest.fixture(autouse=True)
def calls_are_on(settings: Any, twilio: StandIn) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, posting.CLINIC_NUMBER


@pytest.fixture(autouse=True)
def no_offer_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether an offer still stands is the offers' to say, and tested there."""
    monkeypatch.setattr(gate, "_gates", {})
    monkeypatch.setattr(gate, "_undos", {})


def call(**fields: Any) -> Message:
    return queued(kind=Kind.OFFER, channel=Channel.VOICE, to=ALICE, body="Press 1.", **fields)


def test_a_call_is_placed_with_our_name_for_it_in_its_addresses(twilio: StandIn) -> None:
    message = send(call())
    placed = twilio.calls[0]
    voice = f"{configured.PUBLIC_URL}/webhooks/twilio/voice"
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, placed.sid)
    assert (placed.to, placed.sender) == (ALICE, posting.CLINIC_NUMBER)
    assert placed["Url"].partition("#")[0] == f"{voice}/?m={message.uuid}"
    assert placed["StatusCallback"].partition("#")[0] == f"{voice}/status/?m={message.uuid}"
    assert placed.form["StatusCallbackEvent"] == ["initiated", "answered", "completed"]
    assert (placed["Timeout"], placed["MachineDetection"]) == ("20", "Enable")


def test_the_words_of_a_call_are_not_handed_over_with_it(twilio: StandIn) -> None:
    send(call())
    assert "Press 1." not in str(twilio.calls[0].form)
    assert twilio.taken == []


@pytest.mark.parametrize("fault", ["429", "400:20429"])
def test_a_call_that_was_certainly_not_taken_is_placed_again(twilio: StandIn, fault: str) -> None:
    twilio.faults = [fault]
    message = send(call())
    assert (message.status, twilio.calls) == (MessageStatus.QUEUED, [])


@pytest.mark.parametrize("fault", ["drop", "500_after", "not_json", "reset", "500_before"])
def test_a_call_of_which_nobody_knows_is_asked_about_and_never_placed_again(
    twilio: StandIn, fault: str
) -> None:
    twilio.faults = [fault]
    message = send(call())
    assert message.status == MessageStatus.UNKNOWN
    reconciling.sweep(now=timezone.now())
    message.refresh_from_db()
    rang = fault not in ("reset", "500_before")
    assert message.status == (MessageStatus.SENT if rang else MessageStatus.UNKNOWN)
    assert (len(twilio.calls), twilio.posts) == (int(rang), 1)


def test_of_two_calls_to_a_phone_the_first_is_found_first(twilio: StandIn) -> None:
    twilio.faults = ["drop"]
    first = send(call())
    second = send(call())
    reconciling.sweep(now=timezone.now())
    first.refresh_from_db()
    assert (first.twilio_sid, second.twilio_sid) == (twilio.calls[0].sid, twilio.calls[1].sid)


def test_what_was_not_placed_within_ten_minutes_is_given_up(twilio: StandIn, clock: Any) -> None:
    twilio.faults = ["reset"]
    message = send(call())
    clock.shift(601)
    reconciling.sweep(now=timezone.now())
    message.refresh_from_db()
    assert message.status == MessageStatus.NOT_SENT


def test_a_lease_that_ran_out_makes_a_call_unknown(now: Any) -> None:
    message = call()
    delivery.claim(message_id=message.pk, now=timezone.now())
    Message.objects.filter(pk=message.pk).update(leased_until=now)
    assert delivery.release_expired(now=timezone.now()) == 1
    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN


@pytest.mark.parametrize("code", ["21211", "21214", "21215", "13227"])
def test_a_refused_call_has_failed(twilio: StandIn, code: str) -> None:
    twilio.faults = [f"400:{code}"]
    message = send(call())
    assert (message.status, message.error_code) == (MessageStatus.FAILED, code)


def test_what_the_provider_refuses_of_our_calls_stops_no_text(twilio: StandIn) -> None:
    twilio.faults = ["400:21210"]
    assert send(call()).status == MessageStatus.QUEUED
    assert Sender.objects.get(status="stopped").name == f"voice:{posting.CLINIC_NUMBER}"
    assert send(queued()).status == MessageStatus.SENT
    assert twilio.calls == []


def test_a_number_that_texts_cannot_reach_is_called(twilio: StandIn) -> None:
    twilio.faults = ["400:21614"]
    assert send(queued(to=ALICE)).status == MessageStatus.FAILED
    assert send(call()).status == MessageStatus.SENT
    assert send(queued(to=ALICE)).status == MessageStatus.SKIPPED


def test_nothing_is_called_while_calls_are_off(twilio: StandIn, settings: Any) -> None:
    settings.VOICE_CALLS = False
    message = send(call())
    assert (message.status, message.skip_reason) == (MessageStatus.SKIPPED, "channel_off")
    assert twilio.posts == 0


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.OFFER])
def test_nobody_is_called_but_for_an_offer(twilio: StandIn, kind: str) -> None:
    reply = send(queued(kind=kind, channel=Channel.VOICE, to=ALICE))
    assert (reply.status, reply.skip_reason, twilio.posts) == (MessageStatus.SKIPPED, "unsaid", 0)


ENDS = {
    "completed": ("delivered", ""),
    "no-answer": ("undelivered", "no-answer"),
    "busy": ("undelivered", "busy"),
    "canceled": ("failed", "canceled"),
    "failed": ("failed", "unconnected"),
    "machine": ("undelivered", "machine"),
}


def told(client: Any, message: Message, word: str, sid: str = "") -> Message:
    form = {"AccountSid": configured.TWILIO_ACCOUNT_SID, "CallSid": sid or message.twilio_sid or ""}
    form |= {"CallStatus": word, "To": ALICE, "From": posting.CLINIC_NUMBER}
    path = f"/webhooks/twilio/voice/status/?m={message.uuid}"
    assert posting.post(client, path, form).status_code == 200
    inbox.sweep(now=timezone.now())
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("word", ENDS)
def test_the_end_of_a_call_is_its_status(client: Any, word: str) -> None:
    message = told(client, told(client, send(call()), "initiated"), word)
    assert (message.status, message.error_code) == ENDS[word]


def test_a_call_that_a_machine_took_is_not_delivered_by_ending(client: Any) -> None:
    message = told(client, told(client, send(call()), "machine"), "completed")
    assert message.status == MessageStatus.UNDELIVERED


def test_a_callback_settles_what_the_call_left_open(client: Any, twilio: StandIn) -> None:
    twilio.faults = ["drop"]
    message = told(client, send(call()), "initiated", sid=twilio.calls[0].sid)
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, twilio.calls[0].sid)


def test_a_status_that_nobody_foresaw_is_counted_and_changes_nothing(client: Any) -> None:
    assert told(client, send(call()), "enchanted").status == MessageStatus.SENT


def test_the_carrier_of_calls_is_kept_for_the_process() -> None:
    assert gateways.carrier(Channel.VOICE) is gateways.carrier(Channel.VOICE)
