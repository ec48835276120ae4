"""Texts that came in: read once, in order, with an opt-out taking effect at once."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging import inbox, optout
from messaging.models import Message, ProviderEvent, Suppression
from messaging.signals import message_received
from messaging.states import MessageStatus
from tests.factories import fictional_phone
from tests.messaging import posting

pytestmark = pytest.mark.django_db
ALICE, BOB = fictional_phone(1), fictional_phone(2)


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[Message], None]], None]]:
    """Call a function with every text that is read in, inside its transaction."""
    receivers = []

    def connect(hear: Callable[[Message], None]) -> None:
        def receiver(*, message_id: int, **kwargs: Any) -> None:
            hear(Message.objects.get(pk=message_id))

        receivers.append(receiver)
        message_received.connect(receiver)

    yield connect
    for receiver in receivers:
        message_received.disconnect(receiver)


def read_in() -> int:
    return inbox.sweep(now=timezone.now())


def test_a_text_becomes_a_message_with_its_moment_of_receipt(client: Client, clock: Any) -> None:
    posting.text(client, sender=ALICE, body="YES")
    received_at = timezone.now()
    clock.shift(datetime.timedelta(seconds=20))
    read_in()
    message = Message.objects.get()
    assert (message.from_number, message.body, message.status) == (ALICE, "YES", MessageStatus.RECEIVED)
    assert message.received_at == received_at


def test_a_text_is_read_in_once(client: Client) -> None:
    posting.text(client, sender=ALICE, body="YES")
    assert (read_in(), read_in()) == (1, 0)
    event = ProviderEvent.objects.get()
    assert inbox.handle_all(event_id=event.pk, now=timezone.now()) == 0
    assert Message.objects.count() == 1


@pytest.mark.parametrize("body", ["", "👍🏽", "x" * 10_000, "\x00", "??", "whatever"])
@pytest.mark.parametrize("sender", [ALICE, "whatsapp:+12025550101", "12345", "x" * 80])
def test_no_text_and_no_sender_is_an_error(client: Client, body: str, sender: str) -> None:
    posting.text(client, sender=sender, body=body)
    assert read_in() == 1
    assert Message.objects.get().from_number == sender.removeprefix("whatsapp:")[:254]


@pytest.mark.parametrize("body", ["STOP", "please stop texting me", "UNSUBSCRIBE", "end", "no mas mensajes"])
def test_an_opt_out_takes_effect_with_the_reading(
    client: Client, listen: Callable[[Callable[[Message], None]], None], body: str
) -> None:
    seen: list[bool] = []
    listen(lambda message: seen.append(optout.is_suppressed(message.from_number)))
    posting.text(client, sender=ALICE, body=body)
    read_in()
    assert seen == [True]


def test_an_opt_out_and_its_text_are_stored_together_or_not_at_all(
    client: Client, listen: Callable[[Callable[[Message], None]], None]
) -> None:
    def fail(message: Message) -> None:
        raise RuntimeError("the worker dies here")

    posting.text(client, sender=ALICE, body="STOP")
    listen(fail)
    assert read_in() == 0
    assert not Suppression.objects.exists()
    assert not Message.objects.exists()
    assert ProviderEvent.objects.filter(handled_at=None).count() == 1


def test_the_provider_s_own_opt_out_counts(client: Client) -> None:
    form = {**posting.text_form(sender=ALICE, body="BASTA"), "OptOutType": "STOP"}
    posting.post(client, posting.INBOUND, form)
    read_in()
    assert optout.is_suppressed(ALICE)


def test_start_lifts_an_opt_out_and_leaves_its_history(client: Client) -> None:
    for body in ("STOP", "STOP", "START"):
        posting.text(client, sender=ALICE, body=body)
    read_in()
    assert not optout.is_suppressed(ALICE)
    assert Suppression.objects.count() == 1


def test_texts_of_one_phone_are_read_in_the_order_in_which_they_came(client: Client) -> None:
    for body in ("first", "second", "third"):
        posting.text(client, sender=ALICE, body=body)
    last = ProviderEvent.objects.order_by("-pk").first()
    assert last is not None
    inbox.handle_all(event_id=last.pk, now=timezone.now())
    bodies = Message.objects.order_by("pk").values_list("body", flat=True)
    assert list(bodies) == ["first", "second", "third"]


def test_an_event_that_raises_steps_aside_and_holds_up_nobody_else(
    client: Client, listen: Callable[[Callable[[Message], None]], None], clock: Any
) -> None:
    broken = [True]

    def fail_for_alice(message: Message) -> None:
        if message.from_number == ALICE and broken[0]:
            raise RuntimeError("cannot be read")

    listen(fail_for_alice)
    for sender in (ALICE, BOB):
        posting.text(client, sender=sender, body="YES")
    assert read_in() == 1
    assert [message.from_number for message in Message.objects.all()] == [BOB]
    broken[0] = False
    assert read_in() == 0
    clock.shift(datetime.timedelta(seconds=31))
    assert read_in() == 1


def test_an_event_of_nobody_is_no_error() -> None:
    assert inbox.handle_all(event_id=123_456, now=timezone.now()) == 0


def test_of_events_that_share_a_wake_up_one_that_raises_holds_up_none(
    client: Client, listen: Callable[[Callable[[Message], None]], None], caplog: pytest.LogCaptureFixture
) -> None:
    def fail_for_alice(message: Message) -> None:
        if message.from_number == ALICE:
            raise RuntimeError("cannot be read")

    listen(fail_for_alice)
    for sender in (ALICE, BOB):
        posting.text(client, sender=sender, body="YES")
    ids = list(ProviderEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert inbox.handle_several(event_ids=[*ids, 123_456], clock=timezone.now) == 1
    assert [message.from_number for message in Message.objects.all()] == [BOB]
    assert "event failed" in caplog.text
