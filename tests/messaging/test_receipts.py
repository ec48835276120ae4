"""Status callbacks that come early, late, twice, out of order or for nobody."""

import itertools
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging import delivery, inbox
from messaging.gateways import Sent, Unclear
from messaging.models import Kind, Message, ProviderEvent
from messaging.signals import message_failed
from messaging.states import MessageStatus
from tests.factories import MessageFactory
from tests.messaging import posting

pytestmark = pytest.mark.django_db
WORDS = ("queued", "sent", "delivered")


def sent(**fields: Any) -> Message:
    row = {"kind": Kind.REPLY, "status": MessageStatus.SENT, "twilio_sid": posting.new_sid(), **fields}
    message: Message = MessageFactory(**row)
    return message


def claimed() -> Message:
    """A text whose POST has begun."""
    queued = MessageFactory(kind=Kind.REPLY)
    message, _ = delivery.claim(message_id=queued.pk, now=timezone.now())
    assert message is not None
    return message


def seen_by_others(message: Message) -> Message:
    """The same row, while the worker in its call still knows it as it was."""
    return Message.objects.get(pk=message.pk)


def report(client: Client, message: Message, *words: str, sid: str = "", code: str = "") -> Message:
    for word in words:
        sid = sid or message.twilio_sid or posting.new_sid()
        assert posting.report(client, sid=sid, word=word, ours=message.uuid, code=code).status_code == 200
    inbox.sweep(now=timezone.now())
    assert not ProviderEvent.objects.filter(handled_at=None).exists()
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("words", list(itertools.permutations(WORDS)))
def test_any_order_ends_in_delivered(client: Client, words: tuple[str, ...]) -> None:
    message = report(client, sent(), *words)
    assert (message.status, message.status_rank) == (MessageStatus.DELIVERED, 6)
    assert message.delivered_at is not None


def test_a_doubled_callback_changes_nothing(client: Client) -> None:
    message = report(client, sent(), "delivered")
    changed_at = message.changed_at
    assert report(client, message, "delivered", "delivered").changed_at == changed_at


@pytest.mark.parametrize("word", ["failed", "undelivered"])
def test_a_failure_carries_its_code(client: Client, word: str) -> None:
    message = report(client, sent(), "sent", word, code="30003")
    assert (message.status, message.error_code) == (word, "30003")


def test_canceled_is_a_failure(client: Client) -> None:
    assert report(client, sent(), "canceled").status == MessageStatus.FAILED


@pytest.mark.parametrize("words", [("undelivered", "delivered"), ("failed", "delivered")])
def test_the_phone_overrules_the_carrier(client: Client, words: tuple[str, ...]) -> None:
    assert report(client, sent(), *words).status == MessageStatus.DELIVERED


def test_a_late_failure_does_not_undo_a_delivery(client: Client) -> None:
    assert report(client, sent(), "delivered", "failed", "sent").status == MessageStatus.DELIVERED


def test_read_counts_as_delivered(client: Client) -> None:
    assert report(client, sent(), "read", "delivered").status == MessageStatus.DELIVERED


def test_an_unknown_word_is_stored_and_changes_nothing(client: Client) -> None:
    assert report(client, sent(), "teleported").status == MessageStatus.SENT
    assert ProviderEvent.objects.get().kind == "status:teleported"


@pytest.mark.parametrize("word", ["queued", "sent", "delivered"])
def test_a_callback_before_the_call_returned_settles_it(client: Client, word: str) -> None:
    message = claimed()
    report(client, seen_by_others(message), word, sid="SMearly")
    after = delivery.settle(message=message, answer=Sent("SMearly"), now=timezone.now())
    message.refresh_from_db()
    assert after == message.status == (MessageStatus.DELIVERED if word == "delivered" else MessageStatus.SENT)
    assert (message.twilio_sid, message.lease_token) == ("SMearly", None)


def test_a_callback_is_believed_where_the_call_was_unclear(client: Client) -> None:
    message = claimed()
    report(client, seen_by_others(message), "delivered", sid="SMearly")
    delivery.settle(message=message, answer=Unclear("ReadTimeout"), now=timezone.now())
    message.refresh_from_db()
    assert message.status == MessageStatus.DELIVERED


@pytest.mark.parametrize("status", [MessageStatus.UNKNOWN, MessageStatus.NOT_SENT])
@pytest.mark.parametrize("word", ["sent", "delivered", "undelivered"])
def test_a_callback_resolves_what_was_unknown(client: Client, status: str, word: str) -> None:
    message: Message = MessageFactory(kind=Kind.REPLY, status=status)
    report(client, message, word, sid="SMfound")
    assert (message.status, message.twilio_sid) == (word, "SMfound")


def test_a_callback_for_another_sid_leaves_a_sent_text_alone(client: Client) -> None:
    message = report(client, sent(twilio_sid="SMours"), "failed", sid="SMother")
    assert message.status == MessageStatus.SENT


def test_a_failure_is_announced_once(client: Client) -> None:
    heard: list[int] = []

    def listen(*, message_id: int, **kwargs: Any) -> None:
        heard.append(message_id)

    message_failed.connect(listen)
    try:
        message = report(client, sent(), "failed", "undelivered", "failed")
    finally:
        message_failed.disconnect(listen)
    assert heard == [message.pk]
