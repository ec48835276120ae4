"""What the provider says of one text can be decided afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from messaging import inbox
from messaging.gateways import simulated_callbacks, simulated_replies
from messaging.gateways.simulated_callbacks import CannotForce, Forced
from messaging.models import Message, ProviderEvent, SimulatedCallback, SimulatedText
from messaging.states import MessageStatus
from tests.messaging.on_phones import ALICE, bring, network, texted
from tests.messaging.sending import queued, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated_provider")]


@pytest.fixture
def message() -> Message:
    """A text on Alice's phone of which nobody has said anything."""
    network(fate="silent")
    return send(queued(to=ALICE))


def forced(word: str, code: str = "") -> None:
    text = SimulatedText.objects.get()
    simulated_callbacks.force(text_id=text.pk, forced=Forced(word), error_code=code, now=timezone.now())
    bring()
    inbox.sweep(now=timezone.now())


def status(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.status, message.error_code


def test_a_text_is_delivered_when_somebody_says_so(message: Message) -> None:
    forced("delivered")
    assert status(message) == (MessageStatus.DELIVERED, "")


def test_a_text_is_undelivered_when_somebody_says_so(message: Message) -> None:
    forced("undelivered", "30005")
    assert status(message) == (MessageStatus.UNDELIVERED, "30005")


def test_a_callback_again_changes_nothing(message: Message) -> None:
    forced("undelivered", "30005")
    forced("again")
    assert status(message) == (MessageStatus.UNDELIVERED, "30005")
    assert SimulatedCallback.objects.filter(word="undelivered", error_code="30005").count() == 2
    assert ProviderEvent.objects.filter(kind="status:undelivered").count() == 1


def test_undelivered_after_delivered_takes_nothing_back(message: Message) -> None:
    forced("delivered")
    forced("undelivered", "30005")
    assert status(message) == (MessageStatus.DELIVERED, "")


def test_what_was_to_come_is_dropped(clock: Any) -> None:
    network(fate="late", late_seconds=60)
    message = send(queued(to=ALICE))
    forced("undelivered", "30003")
    clock.shift(timedelta(seconds=60))
    forced("again")
    assert status(message) == (MessageStatus.UNDELIVERED, "30003")
    assert not SimulatedCallback.objects.filter(word="delivered").exclude(posted_at=None).exists()


@pytest.mark.parametrize(("word", "is_here"), [("delivered", True), ("undelivered", False)])
def test_a_text_under_way_arrives_or_never_does(word: str, is_here: bool, clock: Any) -> None:
    network(delay_seconds=60)
    send(queued(to=ALICE))
    forced(word, "30005")
    arrives_at = SimulatedText.objects.get().arrives_at
    assert arrives_at == (timezone.now() if is_here else None)


@pytest.mark.parametrize("whose", ["nobody's", "the patient's", "the network's", "refused"])
def test_what_the_provider_never_took_cannot_be_forced(whose: str) -> None:
    if whose == "the patient's":
        simulated_replies.answer(from_number=ALICE, body="Hello", now=timezone.now())
    if whose == "the network's":
        simulated_replies.answer(from_number=ALICE, body="STOP", now=timezone.now())
    if whose == "refused":
        network(fate="refused", error_code="21610")
        texted()
    last = SimulatedText.objects.order_by("pk").last()
    with pytest.raises(CannotForce):
        simulated_callbacks.force(text_id=last.pk if last else 0, forced=Forced.DELIVERED, now=timezone.now())
    assert not SimulatedCallback.objects.exists()


def test_there_is_no_last_callback_of_a_text_without_one(message: Message) -> None:
    with pytest.raises(CannotForce, match="none to repeat"):
        forced("again")


def test_forcing_is_done_whole_or_not_at_all(monkeypatch: Any) -> None:
    network(fate="late", late_seconds=60)
    text = texted()

    def fail(**kwargs: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(simulated_callbacks, "owe", fail)
    with pytest.raises(DatabaseError):
        simulated_callbacks.force(text_id=text.pk, forced=Forced.DELIVERED, now=timezone.now())
    assert SimulatedCallback.objects.exclude(due_at=None).count() == 2
