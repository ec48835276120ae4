"""Rule 9: what follows from an error code stands in one table, and is done whichever way the code comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from messaging import errors, numbers, optout
from messaging.models import Attention, Kind, Message, Oddity, Sender, UnusableNumber
from messaging.signals import message_failed
from messaging.states import MessageStatus
from tests.messaging.sending import queued, reported, send, sent, sweep
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db

UNUSABLE = ("21211", "21217", "21614", "30006")
STOPPING = ("20003", "30032", "30034")
RETRIED = ("30003", "30008", "30017", "30022")


def test_rule_9_every_code_of_the_rule_stands_in_the_table() -> None:
    of_texts = {code for code in errors.TABLE if code.isdigit() and code < "6"} - set(errors.CALLS)
    assert of_texts == {*UNUSABLE, *STOPPING, *RETRIED, "30005", "21610", "30036", "30007"}
    assert {code for code in of_texts if errors.of(code).strikes == 1} == set(UNUSABLE)
    assert {code for code in of_texts if errors.of(code).stops_sender} == set(STOPPING)
    assert {code for code in of_texts if errors.of(code).again_later} == set(RETRIED)


def test_whatever_makes_an_address_unusable_is_worth_another_channel() -> None:
    assert all(found.permanent for found in errors.TABLE.values() if found.strikes or found.bars_words)
    assert not any(found.permanent for found in errors.TABLE.values() if found.again_later or found.opts_out)


def test_nothing_is_tried_again_that_a_call_ended_with() -> None:
    assert not [code for code, found in errors.CALLS.items() if found.again_later or found.strikes]


@pytest.mark.parametrize("code", UNUSABLE)
def test_rule_9_a_number_that_is_no_phone_is_not_texted_again(twilio: StandIn, code: str) -> None:
    twilio.faults = [f"400:{code}"]
    message = send(queued())
    again = send(queued(to=message.to))
    assert (again.status, again.skip_reason) == (MessageStatus.SKIPPED, "unusable_number")
    assert twilio.posts == 1


def test_rule_9_an_unknown_handset_is_given_a_second_chance(client: Client, twilio: StandIn) -> None:
    first = reported(client, sent(), "undelivered", "30005")
    assert not UnusableNumber.objects.exists()
    reported(client, sent(to=first.to), "undelivered", "30005")
    assert UnusableNumber.objects.get().phone == first.to


def test_rule_9_a_delivery_in_between_wipes_the_first_strike_out(client: Client) -> None:
    first = reported(client, sent(), "undelivered", "30005")
    reported(client, sent(to=first.to), "delivered")
    reported(client, sent(to=first.to), "undelivered", "30005")
    assert not UnusableNumber.objects.exists()


def test_rule_9_a_number_that_texts_us_can_be_texted(twilio: StandIn, clock: time_machine.Traveller) -> None:
    twilio.faults = ["400:21614"]
    message = send(queued())
    clock.shift(timedelta(minutes=1))
    queued(status=MessageStatus.RECEIVED, direction="inbound", from_number=message.to, to="+15005550006")
    assert send(queued(to=message.to)).status == MessageStatus.SENT


def test_rule_9_staff_may_say_that_a_number_works(twilio: StandIn) -> None:
    twilio.faults = ["400:30006"]
    message = send(queued())
    numbers.use_again(number_id=UnusableNumber.objects.get().pk, by="frontdesk", now=timezone.now())
    assert send(queued(to=message.to)).status == MessageStatus.SENT


def test_rule_9_an_opt_out_at_the_provider_is_one_here(client: Client, twilio: StandIn) -> None:
    assert optout.is_suppressed(reported(client, sent(), "failed", "21610").to)


@pytest.mark.parametrize("code", STOPPING)
def test_rule_9_a_sender_that_is_refused_is_stopped_and_its_text_waits(twilio: StandIn, code: str) -> None:
    twilio.faults = [f"400:{code}"]
    message = send(queued())
    sender = Sender.objects.get()
    assert (message.status, sender.status, sender.code) == (MessageStatus.QUEUED, "stopped", code)


@pytest.mark.parametrize("code", STOPPING)
def test_rule_9_a_sender_that_carriers_refuse_is_stopped_and_its_text_shown(
    client: Client, code: str
) -> None:
    message = reported(client, sent(), "undelivered", code)
    assert (Sender.objects.get().status, message.attention) == ("stopped", Attention.NOT_SENT)


def test_rule_9_what_a_carrier_filtered_never_goes_again_in_the_same_words(
    client: Client, twilio: StandIn
) -> None:
    message = reported(client, sent(body="Win a prize"), "undelivered", "30007")
    assert message.attention == Attention.NOT_SENT
    same = send(queued(to=message.to, body="Win a prize"))
    assert (same.status, same.skip_reason) == (MessageStatus.SKIPPED, "barred_words")
    assert send(queued(to=message.to, body="Your visit is booked")).status == MessageStatus.SENT
    assert send(queued(body="Win a prize")).status == MessageStatus.SENT


@pytest.mark.parametrize("code", RETRIED)
def test_rule_9_a_reminder_that_met_a_bad_moment_goes_once_more_later(
    client: Client, twilio: StandIn, clock: time_machine.Traveller, code: str
) -> None:
    reminder = reported(client, sent(kind=Kind.REMINDER, logical_key="reminder:1"), "undelivered", code)
    second = Message.objects.get(logical_key="reminder:1#2")
    assert (sweep(), reminder.attention) == (0, "")
    clock.shift(timedelta(minutes=15))
    sweep()
    second.refresh_from_db()
    assert second.status == MessageStatus.SENT
    # When the second fails as well, a person has to look
    assert reported(client, second, "undelivered", code).attention == Attention.NOT_SENT
    assert Message.objects.count() == 2


@pytest.mark.parametrize("kind", [Kind.OFFER, Kind.CONFIRMATION, Kind.REPLY])
@pytest.mark.parametrize("code", [*RETRIED, "30036"])
def test_rule_9_nothing_but_a_reminder_goes_again_after_a_failure(
    client: Client, kind: str, code: str
) -> None:
    reported(client, sent(kind=kind, related={"offer": 0}), "undelivered", code)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("code", ["39999", "", "not a number"])
def test_rule_9_an_unknown_code_is_not_sent_again_and_is_shown(client: Client, code: str) -> None:
    message = reported(client, sent(kind=Kind.REMINDER), "undelivered", code)
    assert (message.attention, message.error_code) == (Attention.NOT_SENT, code)
    assert Message.objects.count() == 1


def test_rule_8_what_we_do_not_know_is_stored_and_counted(client: Client) -> None:
    for word in ("teleported", "teleported", "beamed"):
        reported(client, sent(), word)
    reported(client, sent(), "undelivered", "39999")
    seen = Oddity.objects.order_by("word").values_list("what", "word", "times")
    assert list(seen) == [("code", "39999", 1), ("status", "beamed", 1), ("status", "teleported", 2)]


def test_rule_8_what_we_know_is_not_counted(client: Client) -> None:
    for word in ("queued", "sent", "delivered"):
        reported(client, sent(), word)
    reported(client, sent(), "undelivered", "30003")
    assert not Oddity.objects.exists()


@pytest.mark.parametrize("code", [*errors.TABLE, "39999"])
def test_rule_9_a_failed_text_is_announced_at_once(client: Client, code: str) -> None:
    heard: list[int] = []

    def listen(*, message_id: int, **kwargs: Any) -> None:
        heard.append(message_id)

    message_failed.connect(listen)
    try:
        message = reported(client, sent(kind=Kind.OFFER, related={"offer": 0}), "undelivered", code)
    finally:
        message_failed.disconnect(listen)
    assert heard == [message.pk]
