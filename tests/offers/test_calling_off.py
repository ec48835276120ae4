"""Phones that ring about a time that is gone fall silent."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from messaging import gateways
from messaging.gateways import Outgoing
from messaging.models import Message, SimulatedCall
from offers import calling_off, withdrawing
from tests.offers import ringing
from tests.offers.journey import Journey
from tests.offers.ringing import rings, slot_on_offer
from tests.twilio_standin import StandIn

usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)


@pytest.fixture(autouse=True)
def calls_are_on(settings: Any) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, settings.TWILIO_PHONE_NUMBER


def sweep() -> int:
    return calling_off.sweep(now=timezone.now())


@usual
def test_a_slot_that_is_taken_back_stops_the_ringing_and_nobody_is_texted_of_it(
    journey: Journey, twilio: StandIn
) -> None:
    slot = slot_on_offer(journey)
    alice, bob, carol = (rings(journey, slot, texts_too=True) for _ in range(3))
    bob.pick_up()
    assert sweep() == 0
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    # One of the two answers of the provider is lost: that call is asked about again.
    twilio.faults = ["429"]
    assert (sweep(), sweep(), sweep()) == (1, 1, 0)
    journey.work()
    assert [line.call.status for line in (alice, bob, carol)] == ["canceled", "in-progress", "canceled"]
    assert ringing.status_of(alice) == "withdrawn"
    asked = Message.objects.get(to=alice.call.to, channel="voice", kind="offer")
    assert (asked.status, asked.error_code) == ("failed", "canceled")
    assert [text.to for text in twilio.taken if text.to == alice.call.to] == []
    bob.press("1").end()
    assert "Sorry" in bob.heard[-1] or "no longer" in bob.heard[-1]


@usual
def test_one_that_the_provider_cannot_end_any_more_goes_on(journey: Journey, twilio: StandIn) -> None:
    slot = slot_on_offer(journey)
    alice = rings(journey, slot)
    withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    alice.call.status = "completed"
    assert sweep() == 0
    alice.end()


@pytest.mark.django_db
def test_a_simulated_phone_falls_silent_as_well(settings: Any) -> None:
    settings.USE_MOCK_TWILIO = True
    phone = Outgoing(uuid="0" * 32, sender="voice:+15005550006", to="+13125550142", body="")  # type: ignore[arg-type]
    gateways.caller().send(phone)
    call = SimulatedCall.objects.get()
    assert gateways.caller().call_off(sid=call.sid) is True
    assert gateways.caller().call_off(sid=call.sid) is False
    call.refresh_from_db()
    assert call.get_status_display() == "Called off"
