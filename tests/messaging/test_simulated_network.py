"""The network of the simulated phones: whatever it does comes through the webhooks, and has one effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging import fates, gateways, inbox
from messaging.fates import Conditions, Fate
from messaging.gateways import simulated_network
from messaging.models import (
    Message,
    ProviderEvent,
    SimulatedCallback,
    SimulatedNetwork,
    SimulatedText,
    UnusableNumber,
)
from messaging.states import MessageStatus
from tests.messaging.on_phones import ALICE, BOB, NOBODY, bring, network
from tests.messaging.sending import queued, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated_provider")]


def handed_over(number: str = ALICE) -> Message:
    """A text that leaves for a phone, before anything is heard of it."""
    return send(queued(to=number))


def heard(message: Message) -> Message:
    """Every callback that is due is brought and read."""
    bring()
    inbox.sweep(now=timezone.now())
    message.refresh_from_db()
    return message


def words(message: Message) -> list[str]:
    """What the provider has told us of a text, as it is stored."""
    events = ProviderEvent.objects.filter(sid=message.twilio_sid).order_by("pk")
    return [kind.removeprefix("status:") for kind in events.values_list("kind", flat=True)]


def test_a_text_is_delivered_where_nothing_is_set() -> None:
    message = handed_over()
    assert message.status == MessageStatus.SENT
    assert heard(message).status == MessageStatus.DELIVERED
    assert words(message) == ["sent", "delivered"]
    assert bring() == 0


def test_an_undelivered_text_has_its_code_and_its_consequence() -> None:
    network(fate="undelivered", error_code="30006")
    message = heard(handed_over())
    assert (message.status, message.error_code) == (MessageStatus.UNDELIVERED, "30006")
    assert UnusableNumber.objects.filter(phone=ALICE).exists()
    assert SimulatedText.objects.get().arrives_at is None


def test_a_text_refused_at_once_never_was_the_provider_s() -> None:
    network(fate="refused", error_code="21211")
    message = handed_over()
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "21211")
    assert heard(message).twilio_sid is None
    provider, since = gateways.current(), timezone.now() - timedelta(hours=1)
    assert SimulatedText.objects.get().body == ""
    assert provider.find(to=ALICE, body=message.body, since=since) == []
    assert provider.handed_over(senders=[message.from_number], since=since, until=timezone.now()) == {}


def test_a_silent_network_leaves_a_text_sent() -> None:
    network(fate="silent")
    message = heard(handed_over())
    assert (message.status, words(message)) == (MessageStatus.SENT, [])


def test_a_late_callback_still_applies(clock: Any) -> None:
    network(fate="late", late_seconds=90)
    message = heard(handed_over())
    assert (message.status, words(message)) == (MessageStatus.SENT, ["sent"])
    clock.shift(timedelta(seconds=89))
    assert heard(message).status == MessageStatus.SENT
    clock.shift(timedelta(seconds=1))
    assert heard(message).status == MessageStatus.DELIVERED


def test_doubled_callbacks_have_one_effect() -> None:
    network(fate="doubled")
    message = heard(handed_over())
    assert SimulatedCallback.objects.filter(posted_at=None).count() == 0
    assert SimulatedCallback.objects.count() == 4
    assert (message.status, words(message)) == (MessageStatus.DELIVERED, ["sent", "delivered"])


def test_a_sent_that_comes_after_delivered_takes_nothing_back() -> None:
    network(fate="reordered")
    message = heard(handed_over())
    assert words(message) == ["delivered", "sent"]
    assert message.status == MessageStatus.DELIVERED


def test_a_slow_network_holds_back_its_own_phone_alone(clock: Any) -> None:
    network(ALICE, delay_seconds=30)
    slow, fast = handed_over(ALICE), handed_over(BOB)
    assert [heard(slow).status, heard(fast).status] == [MessageStatus.SENT, MessageStatus.DELIVERED]
    arrives = dict(SimulatedText.objects.values_list("to", "arrives_at"))
    now = timezone.now()
    assert arrives == {ALICE: now + timedelta(seconds=30), BOB: now}
    clock.shift(timedelta(seconds=30))
    assert heard(slow).status == MessageStatus.DELIVERED


def test_a_restart_forgets_no_late_callback(clock: Any) -> None:
    network(fate="late", late_seconds=600)
    message = handed_over()
    # All that the provider knows is rows: whoever sweeps next, a day later, goes on.
    clock.shift(timedelta(days=1))
    assert heard(message).status == MessageStatus.DELIVERED


def test_a_callback_that_does_not_get_through_comes_again(clock: Any, settings: Any) -> None:
    ours, settings.PUBLIC_URL = settings.PUBLIC_URL, NOBODY
    message = handed_over()
    assert (bring(), words(message)) == (0, [])
    settings.PUBLIC_URL = ours
    assert bring() == 0
    clock.shift(timedelta(seconds=15))
    assert heard(message).status == MessageStatus.DELIVERED


def test_a_callback_that_never_gets_through_is_given_up(clock: Any, settings: Any) -> None:
    settings.PUBLIC_URL = NOBODY
    handed_over()
    for _ in range(7):
        bring()
        clock.shift(timedelta(seconds=15))
    assert set(SimulatedCallback.objects.values_list("attempt", "due_at")) == {(6, None)}


def test_nothing_is_brought_while_texts_go_to_a_real_provider(settings: Any) -> None:
    message = handed_over()
    settings.USE_MOCK_TWILIO = False
    assert (bring(), words(message)) == (0, [])


def test_a_phone_has_its_own_network_before_that_of_all() -> None:
    now = timezone.now()
    simulated_network.set_for_all(conditions=Conditions(delay_seconds=3), now=now)
    network(ALICE, fate="silent")
    assert (simulated_network.of(ALICE).fate, simulated_network.of(BOB).delay_seconds) == (Fate.SILENT, 3)
    assert simulated_network.forget(number=ALICE)
    assert not simulated_network.forget(number=ALICE)
    assert simulated_network.of(ALICE).delay_seconds == 3


def test_a_network_for_all_phones_is_that_of_every_phone() -> None:
    network(ALICE, fate="silent")
    simulated_network.set_for_all(conditions=Conditions(fate=Fate.DOUBLED), now=timezone.now())
    assert simulated_network.own(ALICE) is None
    assert simulated_network.of(ALICE).fate == Fate.DOUBLED


def test_a_network_that_makes_no_sense_changes_nothing() -> None:
    network(ALICE, fate="silent")
    with pytest.raises(fates.BadConditions):
        simulated_network.set_for_all(conditions=Conditions(fate=Fate.LATE), now=timezone.now())
    assert simulated_network.own(ALICE) == Conditions(fate=Fate.SILENT)


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        ({"fate": "undelivered"}, "network_failure_has_code"),
        ({"fate": "silent", "error_code": "30005"}, "network_failure_has_code"),
        ({"fate": "late"}, "network_late_has_time"),
    ],
)
def test_the_database_forbids_a_network_that_makes_no_sense(row: Any, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SimulatedNetwork.objects.create(number=ALICE, changed_at=timezone.now(), **row)
