"""A simulated call: it rings on the page, and everything it says comes through the signed webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery.app.task import Task
from django.test import Client
from django.utils import timezone

from core.channels import Channel
from messaging.gateways import simulated_calls
from messaging.models import Message, SimulatedCall
from offers.models import Offer
from offers.states import CancellationStatus
from tests.factories import CancellationFactory, MessageFactory, OfferFactory, UserFactory, in_hours
from tests.messaging.sending import send
from tests.offers.ringing import agree

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory(roles=["front desk"]))
    return client


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker answers in no time."""

    def run(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
        task.apply(kwargs=kwargs, throw=True)

    monkeypatch.setattr(Task, "apply_async", run)
    monkeypatch.setattr("messaging.gateways.simulated_calls.time.sleep", lambda seconds: None)


@pytest.fixture
def call(live_server: Any, settings: Any) -> SimulatedCall:
    """A call that rings, about a slot on offer."""
    settings.PUBLIC_URL, settings.VOICE_CALLS = live_server.url, True
    settings.TWILIO_VOICE_NUMBER = settings.TWILIO_PHONE_NUMBER
    slot = CancellationFactory(status=CancellationStatus.OFFERING, next_step_at=in_hours(1))
    offer = OfferFactory(cancellation=slot)
    agree(offer.patient)
    about = {
        "offer": offer.pk,
        "cancellation": slot.pk,
        "patient": offer.patient_id,
        "clinic": slot.clinic_id,
    }
    key, voice = f"offer:{offer.pk}", Channel.VOICE
    send(MessageFactory(to=offer.phone, body="", related=about, logical_key=key, channel=voice))
    return SimulatedCall.objects.get(to=offer.phone)


def act(staff: Client, call: SimulatedCall, action: str) -> SimulatedCall:
    patient = Offer.objects.get(phone=call.to).patient_id
    answer = staff.post(f"/phones/{patient}/calls/{call.pk}/{action}/")
    assert answer.status_code == 302
    call.refresh_from_db()
    return call


def seen(staff: Client, call: SimulatedCall) -> str:
    patient = Offer.objects.get(phone=call.to).patient_id
    return staff.get(f"/phones/{patient}/calls/").content.decode()


def test_a_phone_that_was_only_called_is_on_the_list_as_new_while_it_rings(
    staff: Client, call: SimulatedCall
) -> None:
    page = staff.get("/phones/").content.decode()
    assert f"…{call.to[-4:]}</a>" in page
    assert "Phone call: ringing" in page
    assert '<span class="unread">' in page
    version = staff.get("/phones/").context["shelf"].version
    act(staff, call, "pick-up")
    changed = staff.get(f"/phones/rows/?v={version}")
    assert (changed.status_code, b"Phone call: on the line" in changed.content) == (200, True)
    assert b"unread" not in changed.content


def test_a_call_rings_on_the_page(staff: Client, call: SimulatedCall) -> None:
    shown = seen(staff, call)
    assert "Phone call, ringing" in shown
    assert "Pick up" in shown
    assert "Press 1" not in shown


def test_who_picks_up_hears_the_question_and_may_press(staff: Client, call: SimulatedCall) -> None:
    act(staff, call, "pick-up")
    shown = seen(staff, call)
    assert "Press 1 to take it." in shown
    assert "Press nothing" in shown
    assert (call.status, len(call.said)) == ("in-progress", 1)


def test_a_key_goes_through_the_signed_webhook(staff: Client, call: SimulatedCall) -> None:
    act(staff, act(staff, call, "pick-up"), "press-2")
    key = Message.objects.get(direction="inbound")
    call.refresh_from_db()
    assert (key.body, key.channel, key.twilio_sid) == ("NO", "voice", f"{call.sid}-1")
    assert (call.said[1], call.status) == (["patient", "2"], "completed")
    assert call.said[2][1].startswith("Thank you for telling us.")


def test_nothing_pressed_is_said_again_and_ends_the_call(staff: Client, call: SimulatedCall) -> None:
    act(staff, act(staff, act(staff, call, "pick-up"), "silent"), "silent")
    assert [words.split(",")[0] for _, words in call.said] == ["Hello", "Sorry", "We got no answer"]
    assert call.status == "completed"


@pytest.mark.parametrize(("action", "end"), [("machine", "completed"), ("hang-up", "busy")])
def test_a_call_that_nobody_takes_ends(staff: Client, call: SimulatedCall, action: str, end: str) -> None:
    assert (act(staff, call, action).status, call.said) == (end, [])


def test_a_call_that_is_over_takes_nothing_more(staff: Client, call: SimulatedCall) -> None:
    act(staff, call, "hang-up")
    for action in ("pick-up", "press-1", "silent", "hang-up"):
        assert act(staff, call, action).status == "busy"


def test_a_call_rings_out(call: SimulatedCall) -> None:
    assert simulated_calls.ring_out(now=timezone.now()) == 0
    assert simulated_calls.ring_out(now=timezone.now() + timedelta(seconds=26)) == 1
    call.refresh_from_db()
    assert call.status == "no-answer"


def test_a_page_that_has_seen_all_gets_nothing_new(staff: Client, call: SimulatedCall) -> None:
    patient = Offer.objects.get(phone=call.to).patient_id
    version = simulated_calls.version([call])
    assert staff.get(f"/phones/{patient}/calls/?seen={version}").status_code == 204


def test_somebody_else_s_call_is_not_taken(staff: Client, call: SimulatedCall) -> None:
    other = OfferFactory().patient_id
    staff.post(f"/phones/{other}/calls/{call.pk}/pick-up/")
    call.refresh_from_db()
    assert call.status == "ringing"


def test_there_are_no_such_pages_where_calls_are_real(staff: Client, settings: Any) -> None:
    settings.USE_MOCK_TWILIO = False
    patient = OfferFactory().patient_id
    assert staff.get(f"/phones/{patient}/calls/").status_code == 404
    assert staff.post(f"/phones/{patient}/calls/1/pick-up/").status_code == 404


def test_an_action_that_nobody_has_is_not_found(staff: Client) -> None:
    assert staff.post(f"/phones/{OfferFactory().patient_id}/calls/1/sing/").status_code == 404
