"""Texts of which nobody knows whether they left, where the provider's list and callbacks are hard to read."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from messaging import delivery, gate, inbox, outbox, reconciling
from messaging.gateways import Sent
from messaging.models import Attention, Direction, Kind, Message
from messaging.states import MessageStatus
from staff import calls
from tests.messaging import posting
from tests.messaging.sending import queued, reported, send
from tests.twilio_standin import StandIn, _Handler

pytestmark = pytest.mark.django_db
TEN_MINUTES = timedelta(minutes=10, seconds=1)
ALICE = "+12025550101"


def asked_about(message: Message, *, later: timedelta = timedelta(0)) -> Message:
    """The provider has been asked about the text, so much later."""
    reconciling.reconcile(message_id=message.pk, now=timezone.now() + later)
    message.refresh_from_db()
    return message


def in_doubt(twilio: StandIn, fault: str, **fields: Any) -> Message:
    """A text whose call failed."""
    twilio.faults = [fault]
    message = send(queued(**{"to": ALICE, **fields}))
    assert message.status == MessageStatus.UNKNOWN
    return message


def second_of(message: Message) -> Message:
    return Message.objects.get(logical_key=f"{message.logical_key}#2")


def sent_again(message: Message) -> Message:
    """The text's second time has come."""
    outbox.hasten(key=f"{message.logical_key}#2", now=timezone.now())
    return send(second_of(message))


def is_on_the_list(message: Message) -> bool:
    listed = calls.lost(timezone.now(), user=User(is_superuser=True))
    return message.pk in [call.message.pk for call in listed]


def test_rule_4_a_text_is_found_behind_a_hundred_newer_ones(twilio: StandIn) -> None:
    message = in_doubt(twilio, "drop")
    for number in range(120):
        twilio.take({"To": ALICE, "Body": f"Newer {number}"})
    assert asked_about(message).twilio_sid == twilio.taken[0].sid


def test_rule_4_a_list_without_an_end_proves_nothing(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.gateways.twilio.MOST_FOUND", 20)
    message = in_doubt(twilio, "drop")
    for number in range(30):
        twilio.take({"To": ALICE, "Body": f"Newer {number}"})
    assert asked_about(message, later=TEN_MINUTES).status == MessageStatus.UNKNOWN


def test_rule_4_texts_older_than_the_call_are_not_read_to_their_end(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        twilio.take({"To": ALICE, "Body": f"Older {number}"}).created_at -= timedelta(hours=1)
    pages: list[str] = []
    original = _Handler._list

    def listed(handler: _Handler, query: dict[str, list[str]]) -> None:
        pages.append(handler.path)
        original(handler, query)

    monkeypatch.setattr(_Handler, "_list", listed)
    assert asked_about(in_doubt(twilio, "500_before")).status == MessageStatus.UNKNOWN
    assert len(pages) == 1


class TestTwins:
    """Two texts with the same words to one phone, as two patients of one household get them."""

    def test_one_sid_is_not_given_to_either_before_the_time_is_over(self, twilio: StandIn) -> None:
        came, lost = in_doubt(twilio, "drop"), in_doubt(twilio, "500_before")
        assert [asked_about(text).status for text in (lost, came)] == [MessageStatus.UNKNOWN] * 2

    def test_then_one_was_sent_and_one_goes_again(self, twilio: StandIn) -> None:
        came, lost = in_doubt(twilio, "drop"), in_doubt(twilio, "500_before")
        states = [asked_about(text, later=TEN_MINUTES).status for text in (lost, came)]
        assert states == [MessageStatus.SENT, MessageStatus.NOT_SENT]
        sent_again(came)
        assert twilio.bodies_to(ALICE) == ["Thank you."] * 2

    def test_two_sids_are_one_for_each(self, twilio: StandIn) -> None:
        texts = in_doubt(twilio, "drop"), in_doubt(twilio, "500_after")
        assert {asked_about(text).twilio_sid for text in texts} == {text.sid for text in twilio.taken}

    def test_a_sid_whose_callback_names_the_other_is_the_other_s(
        self, client: Client, twilio: StandIn
    ) -> None:
        came, lost = in_doubt(twilio, "drop"), in_doubt(twilio, "500_before")
        # Stored, and not read yet
        posting.report(client, sid=twilio.taken[0].sid, word="sent", ours=came.uuid)
        assert asked_about(lost, later=TEN_MINUTES).status == MessageStatus.NOT_SENT
        inbox.sweep(now=timezone.now())
        came.refresh_from_db()
        assert (came.status, came.twilio_sid) == (MessageStatus.SENT, twilio.taken[0].sid)

    def test_a_text_that_a_worker_is_sending_keeps_its_sid(self, twilio: StandIn) -> None:
        lost = in_doubt(twilio, "500_before")
        claimed, outgoing = delivery.claim(message_id=queued(to=ALICE).pk, now=timezone.now())
        assert claimed is not None
        assert outgoing is not None
        answer = delivery.call(outgoing)
        assert asked_about(lost, later=TEN_MINUTES).status == MessageStatus.UNKNOWN
        assert delivery.settle(message=claimed, answer=answer, now=timezone.now()) == MessageStatus.SENT
        assert asked_about(lost, later=TEN_MINUTES).status == MessageStatus.NOT_SENT


class TestFirstArrivedAfterAll:
    """The provider had nothing for ten minutes, and then it speaks of the text."""

    @pytest.fixture
    def first(self, twilio: StandIn) -> Message:
        message = asked_about(in_doubt(twilio, "500_before"), later=TEN_MINUTES)
        assert message.status == MessageStatus.NOT_SENT
        return message

    @pytest.mark.parametrize("word", ["queued", "sent", "delivered"])
    def test_its_second_time_is_not_needed(self, client: Client, first: Message, word: str) -> None:
        reported(client, first, word)
        second = sent_again(first)
        assert (second.status, second.skip_reason) == (MessageStatus.SKIPPED, "first_arrived")

    def test_a_late_answer_says_the_same(self, first: Message) -> None:
        first.status, first.lease_token = MessageStatus.SENDING, first.uuid
        delivery.settle(message=first, answer=Sent("SMlate"), now=timezone.now())
        assert second_of(first).status == MessageStatus.SKIPPED

    def test_one_that_failed_goes_again(self, client: Client, first: Message) -> None:
        assert reported(client, first, "undelivered").status == MessageStatus.UNDELIVERED
        assert sent_again(first).status == MessageStatus.SENT

    def test_a_second_one_that_has_left_is_left_alone(self, client: Client, first: Message) -> None:
        second = sent_again(first)
        reported(client, first, "delivered")
        second.refresh_from_db()
        assert second.status == MessageStatus.SENT

    def test_a_phone_that_overrules_its_carrier_needs_no_second_time(
        self, client: Client, twilio: StandIn
    ) -> None:
        message = send(queued(kind=Kind.REMINDER, to=ALICE))
        reported(client, message, "undelivered", "30003")
        reported(client, message, "delivered")
        assert second_of(message).skip_reason == "first_arrived"


class TestOnTheList:
    def test_a_text_that_the_provider_does_not_speak_of_for_ten_minutes_is_a_person_s(
        self, twilio: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = in_doubt(twilio, "drop")
        monkeypatch.setattr(_Handler, "_list", lambda self, query: self._fail("500", ""))
        assert not is_on_the_list(asked_about(message))
        assert is_on_the_list(asked_about(message, later=TEN_MINUTES))
        assert message.status == MessageStatus.UNKNOWN

    def test_one_that_is_found_after_all_is_taken_off(self, twilio: StandIn) -> None:
        message = in_doubt(twilio, "drop", attention=Attention.NOT_SENT)
        assert not is_on_the_list(asked_about(message))
        assert message.status == MessageStatus.SENT

    def test_an_offer_that_was_not_sent_is_a_person_s(
        self, twilio: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(gate._gates, Kind.OFFER, lambda message, now: gate.Go("An earlier time."))
        message = in_doubt(twilio, "500_before", kind=Kind.OFFER, related={"offer": 0})
        assert is_on_the_list(asked_about(message, later=TEN_MINUTES))

    def test_a_text_that_goes_once_more_is_nobody_s_yet(self, twilio: StandIn) -> None:
        message = in_doubt(twilio, "500_before", attention=Attention.NOT_SENT)
        assert not is_on_the_list(asked_about(message, later=TEN_MINUTES))
        assert second_of(message).status == MessageStatus.QUEUED


NOT_OF_A_TEXT = ["<html>zebra-marker</html>", "null", "[]", '"zebra-marker"', '{"zebra": "marker"}', "{"]


@pytest.mark.parametrize("fault", ["empty", *(f"not_json:{words}" for words in NOT_OF_A_TEXT)])
def test_an_answer_that_is_not_a_text_s_json_is_unknown_and_logged_without_its_body(
    twilio: StandIn, caplog: Any, fault: str
) -> None:
    message = in_doubt(twilio, fault, body="Zebra at noon")
    assert [(row.message, row.message_id) for row in caplog.records] == [("a text may have left", message.pk)]
    assert "zebra" not in json.dumps([vars(row) for row in caplog.records], default=str).lower()
    assert ALICE not in json.dumps([vars(row) for row in caplog.records], default=str)
    assert asked_about(message).status == MessageStatus.SENT


@pytest.mark.parametrize("words", NOT_OF_A_TEXT)
def test_a_list_that_is_not_json_says_nothing(
    twilio: StandIn, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = in_doubt(twilio, "500_before")
    answer = words.encode()
    monkeypatch.setattr(_Handler, "_list", lambda self, query: self._send(200, answer, "text/html"))
    assert asked_about(message, later=TEN_MINUTES).status == MessageStatus.UNKNOWN
    assert Message.objects.filter(direction=Direction.OUTBOUND).count() == 1
