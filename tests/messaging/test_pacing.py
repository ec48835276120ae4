"""No more than 30 replies in 30 s leave for one number; what is too much waits, and nothing is lost."""

import datetime
import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from messaging import delivery, pacing, sweeping
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from tests.factories import MessageFactory, fictional_phone
from tests.twilio_standin import StandIn

ALICE, BOB = fictional_phone(1), fictional_phone(2)


def heard(sender: str = ALICE) -> Message:
    """A text of somebody's that is answered."""
    fields = {"direction": Direction.INBOUND, "kind": Kind.REPLY, "status": MessageStatus.HANDLED}
    text: Message = MessageFactory(from_number=sender, to="+15005550006", logical_key=None, **fields)
    return text


def reply(to: str = ALICE, **fields: Any) -> Message:
    row: Message = MessageFactory(**{"kind": Kind.REPLY, "to": to, "in_reply_to": heard(to), **fields})
    return row


def send(message: Message) -> Message:
    delivery.send(message_id=message.pk, clock=timezone.now)
    message.refresh_from_db()
    return message


@pytest.mark.django_db
class TestOneNumber:
    def test_the_thirtieth_reply_leaves_and_the_next_one_waits(self, twilio: StandIn, clock: Any) -> None:
        first = timezone.now()
        for _ in range(pacing.MOST):
            assert send(reply()).status == MessageStatus.SENT
            clock.shift(datetime.timedelta(milliseconds=100))
        late = send(reply())
        assert (late.status, late.next_attempt_at) == (MessageStatus.QUEUED, first + pacing.WINDOW)
        assert twilio.posts == pacing.MOST

    def test_what_waited_leaves_by_itself(self, twilio: StandIn, clock: Any) -> None:
        rows = [reply() for _ in range(70)]
        for _ in range(4):
            sweeping.sweep_outbox(clock=timezone.now)
            clock.shift(pacing.WINDOW)
        assert twilio.posts == len(rows)
        assert set(Message.objects.filter(to=ALICE).values_list("status", flat=True)) == {MessageStatus.SENT}

    def test_no_thirty_seconds_hold_more(self, twilio: StandIn, clock: Any) -> None:
        left: list[datetime.datetime] = []
        twilio.on_taken = lambda text: left.append(timezone.now())
        for _ in range(95):
            reply()
        for _ in range(120):
            sweeping.sweep_outbox(clock=timezone.now)
            clock.shift(datetime.timedelta(seconds=1))
        assert len(left) == 95
        assert all(later - earlier >= pacing.WINDOW for earlier, later in zip(left, left[30:], strict=False))

    def test_another_number_is_not_held_up(self, twilio: StandIn, clock: Any) -> None:
        for _ in range(pacing.MOST):
            send(reply())
        assert send(reply(BOB)).status == MessageStatus.SENT

    def test_what_answers_nobody_is_not_held_up(self, twilio: StandIn, clock: Any) -> None:
        for _ in range(pacing.MOST):
            send(reply())
        assert send(reply(in_reply_to=None)).status == MessageStatus.SENT

    def test_a_reply_that_the_provider_did_not_take_does_not_count(self, twilio: StandIn, clock: Any) -> None:
        twilio.faults = ["429"] * 5
        for _ in range(pacing.MOST + 5):
            send(reply())
        assert len(twilio.taken) == pacing.MOST


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_hand_over_no_more_than_thirty(twilio: StandIn) -> None:
    # Given that a burst is on its way already, and more replies than may leave, each with its own worker
    for _ in range(pacing.MOST - 6):
        send(reply())
    waiting = [reply() for _ in range(12)]
    start = threading.Barrier(len(waiting))

    def work(pk: int) -> None:
        start.wait()
        delivery.send(message_id=pk, clock=timezone.now)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(row.pk,)) for row in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert twilio.posts == pacing.MOST
