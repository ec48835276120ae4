"""A key on a call meets other answers in one instant, on PostgreSQL, with threads, each TIMES times."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from core.channels import Channel
from messaging import calling, inbox, speaking
from messaging.models import Message, ProviderEvent
from messaging.states import MessageStatus
from offers import calls, rounds
from offers.models import Offer
from tests.races.race import TIMES, World, answers, at_once, held, says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def calls_are_on(settings: Any) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, settings.TWILIO_PHONE_NUMBER


def called(offer: Offer) -> Message:
    """The question of an offer as a call that somebody has picked up."""
    message = Message.objects.get(logical_key=f"offer:{offer.pk}")
    message.channel, message.twilio_sid, message.status = Channel.VOICE, f"CA{uuid.uuid4().hex}", "sent"
    message.save(update_fields=["channel", "twilio_sid", "status"])
    return message


def press(call: Message, key: str) -> None:
    form = {"CallSid": call.twilio_sid or "", "To": call.to, "From": "+15005550006", "Digits": key}
    calling.pressed(call=call, form=form, time=1, now=timezone.now())


def pressed(call: Message, key: str) -> int:
    """The key, read in and not yet answered; its id."""
    press(call, key)
    inbox.sweep(now=timezone.now())
    return Message.objects.get(twilio_sid=f"{call.twilio_sid}-1").pk


def test_1_on_a_call_against_yes_by_text_makes_one_winner_and_tells_both() -> None:
    for _ in range(TIMES):
        by_text, by_call = World.make(people=2).asked()
        call = called(by_call)
        at_once(*answers([says(by_text, "YES"), pressed(call, "1")]))
        slot = by_text.cancellation
        states = sorted(slot.offers.values_list("status", flat=True))
        assert states in (["accepted", "standby"], ["accepted", "taken"])
        replies = Message.objects.filter(to=by_call.phone, direction="outbound", channel="voice")
        assert replies.exclude(pk=call.pk).count() == 1
        held(slot)


def test_one_key_stored_and_handled_many_times_at_once_has_one_effect() -> None:
    for _ in range(TIMES):
        offer = World.make(people=1).asked()[0]
        call = called(offer)
        at_once(*[partial(press, call, "1")] * 3)
        event = ProviderEvent.objects.get(sid=f"{call.twilio_sid}-1")
        at_once(*[partial(inbox.handle_all, event_id=event.pk, now=timezone.now())] * 3)
        key = Message.objects.get(twilio_sid=f"{call.twilio_sid}-1")
        at_once(*answers([key.pk] * 3))
        assert Message.objects.filter(kind="confirmation", in_reply_to=key).count() == 1
        held(offer.cancellation)


def _asks(call: Message) -> Callable[[], object]:
    return partial(speaking.reply, call=call, key_sid=f"{call.twilio_sid}-1", now=timezone.now())


def test_a_reply_asked_for_twice_at_once_is_said_once() -> None:
    for _ in range(TIMES):
        offer = World.make(people=1).asked()[0]
        call = called(offer)
        answers([pressed(call, "1")])[0]()
        at_once(*[_asks(call)] * 3)
        reply = Message.objects.get(kind="confirmation", to=offer.phone)
        assert (reply.status, reply.attempt) == (MessageStatus.SENT, 1)
        held(offer.cancellation)


def test_1_against_the_end_of_the_call_and_its_sweep_still_wins() -> None:
    for _ in range(TIMES):
        offer = World.make(people=1).asked()[0]
        call = called(offer)
        key = pressed(call, "1")
        Message.objects.filter(pk=call.pk).update(status=MessageStatus.DELIVERED)
        now = timezone.now()
        at_once(
            *answers([key]),
            partial(calls.ended, message_id=call.pk, now=now),
            partial(rounds.advance, cancellation_id=offer.cancellation_id, now=now),
        )
        held(offer.cancellation)
        assert offer.cancellation.status == "filled"
