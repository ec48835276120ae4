"""The end of a call, and the telling of what it did not get to say: from which state, and all or nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from messaging import outbox
from messaging.models import Kind, Message, UnusableNumber
from messaging.speaking import Part
from offers import calls, declining, texts
from offers.models import Offer
from offers.states import CancellationStatus
from tests.factories import MessageFactory
from tests.offers.verb import (
    Broken,
    break_after,
    offer_in,
    other_offer_states,
    other_states,
    slot_in,
    stored,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def calls_are_on(settings: Any) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, settings.TWILIO_PHONE_NUMBER


def spoken(offer: Offer, **fields: Any) -> Message:
    about = texts.related(slot=offer.cancellation, patient_id=offer.patient_id, offer=offer)
    said = {"channel": "voice", "to": offer.phone, "related": about, "twilio_sid": f"CA{uuid.uuid4().hex}"}
    message: Message = MessageFactory(**{**said, "template": "call_offer/en@1", "body": "Press 1.", **fields})
    return message


def over(offer: Offer, **fields: Any) -> Message:
    return spoken(offer, **{"logical_key": f"offer:{offer.pk}", "status": "delivered", **fields})


def end(call: Message) -> bool:
    return calls.ended(message_id=call.pk, now=timezone.now())


def test_a_call_that_ended_without_an_answer_frees_its_place_in_the_same_breath() -> None:
    offer = offer_in("pending")
    assert end(over(offer))
    offer.refresh_from_db()
    slot = offer.cancellation
    slot.refresh_from_db()
    assert (offer.status, offer.responded_at) == ("expired", None)
    assert (offer.hold_expires_at or slot.starts_at) <= timezone.now()
    assert (slot.next_step_at or slot.starts_at) <= timezone.now()


@pytest.mark.parametrize("status", other_offer_states("pending"))
def test_an_offer_that_has_ended_is_left_as_it_is(status: str) -> None:
    offer = offer_in(status)
    call = over(offer)
    before = stored()
    assert end(call) is False
    assert stored() == before


@pytest.mark.parametrize("status", ["sent", "undelivered", "failed", "skipped", "not_sent"])
def test_a_call_that_is_not_over_or_that_nobody_heard_ends_nothing(status: str) -> None:
    call = over(offer_in("pending"), status=status)
    before = stored()
    assert end(call) is False
    assert stored() == before


def test_a_key_that_is_still_to_be_answered_decides() -> None:
    call = over(offer_in("pending"))
    key = {"direction": "inbound", "status": "received", "logical_key": None}
    MessageFactory(**key, in_reply_to=call, channel="voice", twilio_sid="CA1-1")
    before = stored()
    assert end(call) is False
    assert stored() == before


def test_the_end_of_a_call_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    call = over(offer_in("pending"))
    before = stored()
    break_after(monkeypatch, declining, "end")
    with pytest.raises(Broken):
        end(call)
    assert stored() == before


def unsaid(offer: Offer, name: str = "call_confirmation", kind: str = Kind.CONFIRMATION) -> Message:
    """A reply that the call did not get to say."""
    key = MessageFactory(direction="inbound", status="handled", logical_key=None, twilio_sid="CA1-1")
    reply = {"kind": kind, "status": "skipped", "in_reply_to": key, "template": f"{name}/en@1"}
    return spoken(offer, **reply, twilio_sid=None, logical_key="reply:1")


def test_what_was_not_said_goes_by_text_where_texts_are_allowed() -> None:
    reply = unsaid(offer_in("accepted"))
    assert calls.tell_otherwise(message_id=reply.pk) == "sms"
    text = Message.objects.get(logical_key="reply:1:unsaid")
    assert (text.channel, text.kind, text.status) == ("sms", "confirmation", "queued")
    assert text.template.startswith("confirmation/en@")
    assert text.in_reply_to_id == reply.in_reply_to_id


@pytest.mark.parametrize("name", sorted(set(calls.TEXTED)))
def test_whatever_is_said_has_words_for_a_text(name: str) -> None:
    reply = unsaid(offer_in("accepted"), name, Kind.REPLY)
    assert calls.tell_otherwise(message_id=reply.pk) == "sms"


@pytest.mark.parametrize("why_not", ["no_consent", "another_phone", "unusable"])
def test_who_may_not_be_texted_is_somebody_to_call(why_not: str) -> None:
    offer = offer_in("accepted")
    if why_not == "no_consent":
        offer.patient.sms_consent = False
    if why_not == "another_phone":
        offer.patient.phone = "+13125550199"
    if why_not == "unusable":
        number = {"phone": offer.phone, "channel": "sms", "code": "21614"}
        UnusableNumber.objects.create(**number, since=timezone.now())
    offer.patient.save()
    reply = unsaid(offer)
    assert calls.tell_otherwise(message_id=reply.pk) == "staff"
    reply.refresh_from_db()
    assert reply.attention == "not_sent"
    assert not Message.objects.filter(status="queued").exists()


@pytest.mark.parametrize(
    ("kind", "channel"), [("offer", "voice"), ("optout_notice", "voice"), ("reply", "sms")]
)
def test_offers_notices_and_texts_are_not_told_otherwise(kind: str, channel: str) -> None:
    reply = unsaid(offer_in("accepted"), kind=kind)
    Message.objects.filter(pk=reply.pk).update(channel=channel)
    before = stored()
    assert calls.tell_otherwise(message_id=reply.pk) == ""
    assert stored() == before


def test_a_telling_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = unsaid(offer_in("accepted"))
    before = stored()
    break_after(monkeypatch, outbox, "queue")
    with pytest.raises(Broken):
        calls.tell_otherwise(message_id=reply.pk)
    assert stored() == before


@pytest.mark.parametrize("status", ["pending", "expired", "undeliverable"])
@pytest.mark.parametrize("slot_status", ["open", "offering", "paused", "unfilled"])
def test_the_question_is_put_while_the_time_is_free(status: str, slot_status: CancellationStatus) -> None:
    offer = offer_in(status, slot=slot_in(slot_status))
    line = calls.line(Part.QUESTION, over(offer), timezone.now())
    assert (line.words, line.locale, line.asks) == ("Press 1.", "en-US", True)


@pytest.mark.parametrize("slot_status", other_states("open", "offering", "paused", "unfilled"))
def test_a_time_that_is_gone_is_not_offered_to_whoever_picks_up(slot_status: CancellationStatus) -> None:
    offer = offer_in("taken", slot=slot_in(slot_status))
    line = calls.line(Part.QUESTION, over(offer), timezone.now())
    assert ("is no longer free" in line.words, line.asks) == (True, False)


@pytest.mark.parametrize("part", list(Part))
def test_a_call_of_which_nothing_is_left_still_says_something(part: Part) -> None:
    line = calls.line(part, MessageFactory(channel="voice"), timezone.now())
    assert (line.words.startswith("Thank you. A person at"), line.asks) == (True, False)
