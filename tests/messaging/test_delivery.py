"""One text through the official client, over real HTTP, to a provider that fails in every known way."""

import datetime
import socket
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from messaging import delivery, gate, optout, reconciling, sweeping
from messaging.gateways import NotProcessed, Refused, Sent
from messaging.models import Attention, Kind, Message
from messaging.states import MessageStatus
from tests.factories import MessageFactory
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db


def queued(**fields: Any) -> Message:
    row: Message = MessageFactory(**{"kind": Kind.REPLY, "body": "Thank you.", **fields})
    return row


def send(message: Message) -> Message:
    delivery.send(message_id=message.pk, clock=timezone.now)
    message.refresh_from_db()
    return message


def claim(message: Message) -> Message:
    claimed, outgoing = delivery.claim(message_id=message.pk, now=timezone.now())
    assert claimed is not None
    assert outgoing is not None
    return claimed


def test_a_taken_text_is_sent_with_its_sid(twilio: StandIn) -> None:
    message = send(queued())
    assert message.status == MessageStatus.SENT
    assert [text.sid for text in twilio.taken] == [message.twilio_sid]
    assert message.lease_token is None


def test_the_provider_hears_our_own_name_for_the_text(twilio: StandIn, settings: Any) -> None:
    message = send(queued())
    expected = f"{settings.PUBLIC_URL}/webhooks/twilio/status/?m={message.uuid}"
    assert twilio.taken[0].callback == expected
    assert (twilio.taken[0].to, twilio.taken[0].body) == (message.to, "Thank you.")


@pytest.mark.parametrize("fault", ["slow:1.2", "500_before", "500_after", "reset", "drop", "not_json"])
def test_an_unclear_answer_is_unknown_and_is_not_posted_again(twilio: StandIn, fault: str) -> None:
    twilio.faults = [fault]
    message = send(queued())
    assert message.status == MessageStatus.UNKNOWN
    send(message)
    sweeping.sweep_outbox(clock=timezone.now)
    assert twilio.posts == 1


def test_too_many_requests_are_tried_again_later(twilio: StandIn, clock: time_machine.Traveller) -> None:
    twilio.faults = ["429"]
    message = send(queued())
    assert (message.status, message.call_started_at) == (MessageStatus.QUEUED, None)
    assert message.next_attempt_at is not None
    assert message.next_attempt_at > timezone.now()
    send(message)
    assert twilio.posts == 1
    clock.shift(datetime.timedelta(seconds=3))
    assert send(message).status == MessageStatus.SENT


def test_a_refused_connection_is_tried_again(twilio: StandIn, settings: Any) -> None:
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{closed_port()}"
    message = send(queued())
    assert (message.status, message.attempt) == (MessageStatus.QUEUED, 1)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_waiting_grows_with_every_refusal_up_to_a_minute(twilio: StandIn, clock: Any) -> None:
    twilio.always = "429"
    message = queued()
    waits = []
    for _ in range(8):
        send(message)
        assert message.next_attempt_at is not None
        waits.append((message.next_attempt_at - timezone.now()).total_seconds())
        clock.move_to(message.next_attempt_at)
    assert waits[0] < 3 < waits[3]
    assert 45 < waits[-1] <= 72


def test_a_number_the_provider_refuses_fails_with_its_code(twilio: StandIn) -> None:
    twilio.faults = ["400:21211"]
    message = send(queued())
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "21211")
    assert not optout.is_suppressed(message.to)


def test_an_opt_out_at_the_provider_is_written_down_here(twilio: StandIn) -> None:
    twilio.faults = ["400:21610"]
    message = send(queued())
    assert (message.status, message.error_code) == (MessageStatus.FAILED, "21610")
    assert optout.is_suppressed(message.to)


def test_a_text_to_a_number_that_opted_out_is_skipped(twilio: StandIn) -> None:
    message = queued()
    optout.suppress(phone=message.to, words="STOP", source="text", now=timezone.now())
    assert (send(message).status, message.skip_reason) == (MessageStatus.SKIPPED, "opted_out")
    assert twilio.posts == 0


def test_an_opt_out_that_comes_while_the_gate_looks_is_heeded(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(message: Message, now: datetime.datetime) -> gate.Go:
        optout.suppress(phone=message.to, words="STOP", source="text", now=now)
        return gate.Go(message.body)

    message = queued()
    monkeypatch.setitem(gate._gates, message.kind, opened)
    assert (send(message).status, message.skip_reason) == (MessageStatus.SKIPPED, "opted_out")
    assert twilio.posts == 0


def test_a_text_that_is_sent_is_not_sent_again(twilio: StandIn) -> None:
    message = send(queued())
    send(message)
    sweeping.sweep_outbox(clock=timezone.now)
    assert twilio.posts == 1


@pytest.mark.parametrize("fault", ["slow:1.2", "500_after", "drop", "not_json"])
def test_asking_finds_what_the_provider_took(twilio: StandIn, fault: str) -> None:
    twilio.faults = [fault]
    message = send(queued())
    assert reconciling.reconcile(message_id=message.pk, now=timezone.now())
    message.refresh_from_db()
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, twilio.taken[0].sid)
    assert twilio.posts == 1


def test_a_sid_of_another_text_is_not_taken_for_this_one(twilio: StandIn) -> None:
    first = send(queued())
    twilio.faults = ["500_before"]
    second = send(queued(to=first.to))
    assert not reconciling.reconcile(message_id=second.pk, now=timezone.now())
    second.refresh_from_db()
    assert second.status == MessageStatus.UNKNOWN


def test_asking_a_provider_that_is_away_settles_nothing(twilio: StandIn, settings: Any) -> None:
    twilio.faults = ["500_before"]
    message = send(queued())
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{closed_port()}"
    an_hour_later = timezone.now() + datetime.timedelta(hours=1)
    assert not reconciling.reconcile(message_id=message.pk, now=an_hour_later)
    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN


def test_a_text_that_was_not_sent_goes_once_more_and_then_to_a_person(
    twilio: StandIn, clock: time_machine.Traveller
) -> None:
    twilio.always = "500_before"
    send(queued(logical_key="reply:1"))
    for _ in range(8):
        clock.shift(datetime.timedelta(minutes=11))
        sweeping.sweep_outbox(clock=timezone.now)
        reconciling.sweep(now=timezone.now())
    rows = Message.objects.order_by("pk").values_list("logical_key", "status", "attention")
    not_sent = MessageStatus.NOT_SENT
    assert list(rows) == [("reply:1", not_sent, ""), ("reply:1#2", not_sent, Attention.NOT_SENT)]
    assert twilio.posts == 2


def test_an_offer_is_never_sent_again(twilio: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gate._gates, Kind.OFFER, lambda message, now: gate.Go("An earlier time."))
    twilio.faults = ["500_before"]
    message = send(queued(kind=Kind.OFFER, related={"offer": 1}))
    later = timezone.now() + datetime.timedelta(minutes=11)
    assert reconciling.reconcile(message_id=message.pk, now=later)
    message.refresh_from_db()
    assert message.status == MessageStatus.NOT_SENT
    assert Message.objects.count() == 1


def test_validity_ends_before_the_hold_does(twilio: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    until = timezone.now() + datetime.timedelta(minutes=7)
    monkeypatch.setitem(gate._gates, Kind.REPLY, lambda message, now: gate.Go("Soon.", until))
    send(queued())
    assert 380 <= int(twilio.taken[0].validity) <= 390


class TestLeases:
    """A worker dies between two commits; here it simply goes no further."""

    def test_a_lease_that_ran_out_is_unknown(self, twilio: StandIn, clock: Any) -> None:
        claimed = claim(queued())
        clock.shift(datetime.timedelta(seconds=61))
        sweeping.sweep_outbox(clock=timezone.now)
        claimed.refresh_from_db()
        assert (claimed.status, twilio.posts) == (MessageStatus.UNKNOWN, 0)

    def test_a_lease_that_is_not_over_is_left_alone(self, twilio: StandIn, clock: Any) -> None:
        message = claim(queued())
        clock.shift(datetime.timedelta(seconds=59))
        sweeping.sweep_outbox(clock=timezone.now)
        message.refresh_from_db()
        assert (message.status, twilio.posts) == (MessageStatus.SENDING, 0)

    def test_a_text_is_claimed_once(self, twilio: StandIn) -> None:
        message = claim(queued())
        assert delivery.claim(message_id=message.pk, now=timezone.now()) == (None, None)

    def test_whoever_claims_too_late_undoes_what_its_gate_did(
        self, twilio: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = queued()

        def slow_gate(asked: Message, now: datetime.datetime) -> gate.Go:
            MessageFactory(logical_key="made by the gate")
            Message.objects.filter(pk=message.pk).update(status=MessageStatus.SKIPPED)
            return gate.Go("Thank you.")

        monkeypatch.setitem(gate._gates, Kind.REPLY, slow_gate)
        assert delivery.claim(message_id=message.pk, now=timezone.now()) == (None, None)
        assert not Message.objects.filter(logical_key="made by the gate").exists()

    def test_a_sid_that_comes_after_the_lease_is_kept(self, twilio: StandIn, clock: Any) -> None:
        slow = claim(queued())
        clock.shift(datetime.timedelta(seconds=61))
        delivery.release_expired(now=timezone.now())
        assert delivery.settle(message=slow, answer=Sent("SMlate"), now=timezone.now()) == MessageStatus.SENT
        slow.refresh_from_db()
        assert slow.twilio_sid == "SMlate"


class TestACallThatOutlivesItsLease:
    @pytest.fixture
    def late(self, now: datetime.datetime) -> Message:
        """Claimed and begun, then given up as unknown while its call still went on."""
        claimed = claim(queued())
        delivery.release_expired(now=now + datetime.timedelta(minutes=2))
        return claimed

    def test_it_undoes_nothing_that_is_no_longer_its_own(
        self, late: Message, now: datetime.datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        undone: list[Message] = []
        monkeypatch.setattr(gate, "undo", lambda message, at: undone.append(message))
        delivery.settle(message=late, answer=NotProcessed("busy"), now=now)
        assert undone == []

    def test_a_text_that_was_certainly_not_taken_is_owed_once_more(
        self, late: Message, now: datetime.datetime
    ) -> None:
        assert delivery.settle(message=late, answer=NotProcessed("busy"), now=now) == MessageStatus.NOT_SENT
        assert Message.objects.filter(logical_key=f"{late.logical_key}#2").exists()

    def test_a_refusal_is_final(self, late: Message, now: datetime.datetime) -> None:
        assert delivery.settle(message=late, answer=Refused("21211"), now=now) == MessageStatus.FAILED
        assert not Message.objects.filter(logical_key=f"{late.logical_key}#2").exists()

    def test_a_second_worker_s_lease_is_not_overwritten(self, now: datetime.datetime) -> None:
        first = claim(queued())
        delivery.release_expired(now=now + datetime.timedelta(minutes=2))
        Message.objects.filter(pk=first.pk).update(status=MessageStatus.QUEUED, next_attempt_at=now)
        second = claim(first)
        delivery.settle(message=first, answer=Refused("21211"), now=now + datetime.timedelta(minutes=2))
        second.refresh_from_db()
        assert second.status == MessageStatus.SENDING

    @pytest.mark.parametrize("key", ["taken:2", "reply:12"])
    def test_no_first_text_is_taken_for_a_second_one(
        self, late: Message, now: datetime.datetime, key: str
    ) -> None:
        Message.objects.filter(pk=late.pk).update(logical_key=key)
        delivery.settle(message=late, answer=NotProcessed("busy"), now=now)
        assert Message.objects.filter(logical_key=f"{key}#2").exists()
