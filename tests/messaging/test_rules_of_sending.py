"""Rules 1 to 5, 8 and 18 of sending, each in a test that bears its number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.app.task import Task
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from messaging import delivery, gate, gateways, outbox, reconciling
from messaging.gateways import Answer, NotProcessed, Outgoing, Sent, Unclear
from messaging.gateways.twilio import TwilioGateway
from messaging.models import Attention, Kind, Message
from messaging.states import MessageStatus
from tests import factories
from tests.messaging.sending import queued, reported, send, sent, sweep
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db

BEFORE_IT_WAS_SENT = 11


def draft(key: str = "taken:17") -> outbox.Draft:
    return outbox.Draft(kind=Kind.TAKEN, to="+12025550101", body="It is taken.", key=key)


@pytest.mark.django_db(transaction=True)
def test_rule_1_a_text_is_owed_with_its_business_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[Any] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, kwargs, **options: published.append(kwargs))
    with transaction.atomic():
        outbox.queue(drafts=[draft()], now=timezone.now())
        transaction.set_rollback(True)
    assert (Message.objects.count(), published) == (0, [])
    with transaction.atomic():
        outbox.queue(drafts=[draft(), draft()], now=timezone.now())
    # The broker hears an id and nothing else
    assert published == [{"message_ids": [Message.objects.get().pk]}]


def test_rule_1_a_logical_key_exists_once(twilio: StandIn) -> None:
    for _ in range(2):
        outbox.queue(drafts=[draft()], now=timezone.now())
        sweep()
    assert len(twilio.taken) == Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rule_2_the_claim_is_committed_before_the_call_and_nothing_is_locked_in_it(twilio: StandIn) -> None:
    seen: list[Any] = []

    def look(text: object) -> None:
        # The provider's thread has a connection of its own: it sees what is committed, and can lock it.
        with transaction.atomic():
            row = Message.objects.select_for_update(nowait=True).get()
            seen.append((row.status, row.attempt, row.call_started_at is not None))
        connection.close()

    twilio.on_taken = look
    send(queued())
    assert seen == [("sending", 1, True)]


def test_rule_2_one_client_serves_the_process_and_has_a_timeout(twilio: StandIn, settings: Any) -> None:
    first, second = gateways.current(), gateways.current()
    assert first is second
    assert isinstance(first, TwilioGateway)
    assert first._client.http_client.timeout == settings.TWILIO_TIMEOUT_SECONDS


@pytest.mark.parametrize("fault", ["slow:1.2", "500_after", "500_before", "reset", "drop", "not_json"])
def test_rule_3_what_nobody_knows_is_unknown_and_never_posted_again(twilio: StandIn, fault: str) -> None:
    twilio.faults = [fault]
    message = send(queued())
    sweep()
    assert (send(message).status, twilio.posts) == (MessageStatus.UNKNOWN, 1)


@pytest.mark.parametrize("fault", ["429", "400:20429", "400:21611"])
def test_rule_3_what_was_not_processed_is_tried_again(twilio: StandIn, clock: Any, fault: str) -> None:
    twilio.faults = [fault, fault]
    message = send(queued())
    for seconds in (3, 5):
        assert message.status == MessageStatus.QUEUED
        clock.shift(timedelta(seconds=seconds))
        send(message)
    assert (message.status, message.attempt) == (MessageStatus.SENT, 3)


def test_rule_4_the_callback_s_uuid_settles_an_unknown_text(client: Client, twilio: StandIn) -> None:
    twilio.faults = ["drop"]
    message = send(queued())
    assert reported(client, message, "delivered").status == MessageStatus.DELIVERED


def test_rule_4_else_the_provider_s_list_settles_it(twilio: StandIn) -> None:
    twilio.faults = ["drop"]
    message = send(queued())
    reconciling.sweep(now=timezone.now())
    message.refresh_from_db()
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, twilio.taken[0].sid)


@pytest.mark.parametrize("difference", ["body", "older", "inbound", "another's"])
def test_rule_4_a_text_on_the_list_that_is_not_ours_settles_nothing(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch, difference: str
) -> None:
    twilio.faults = ["drop"]
    message = send(queued())
    taken = twilio.taken[0]
    if difference == "body":
        taken.body = "Something else"
    elif difference == "older":
        taken.created_at -= timedelta(minutes=1)
    elif difference == "inbound":
        taken.direction = "inbound"
    else:
        sent(twilio_sid=taken.sid)
    reconciling.sweep(now=timezone.now())
    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN


def test_rule_4_what_is_not_found_in_ten_minutes_was_not_sent(twilio: StandIn) -> None:
    twilio.faults = ["500_before"]
    message = send(queued())
    called_at = message.call_started_at
    assert called_at is not None
    for minutes, status in ((9.9, MessageStatus.UNKNOWN), (10, MessageStatus.NOT_SENT)):
        reconciling.reconcile(message_id=message.pk, now=called_at + timedelta(minutes=minutes))
        message.refresh_from_db()
        assert message.status == status


def given_up(message: Message) -> None:
    """The call was unclear, and the provider has nothing ten minutes later."""
    claimed, _ = delivery.claim(message_id=message.pk, now=timezone.now())
    assert claimed is not None
    delivery.settle(message=claimed, answer=Unclear("timeout"), now=timezone.now())
    later = timezone.now() + timedelta(minutes=10, seconds=1)
    assert reconciling.reconcile(message_id=message.pk, now=later)


def test_rule_5_an_offer_that_was_not_sent_is_not_sent_again(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gate._gates, Kind.OFFER, lambda message, now: gate.Go("An earlier time."))
    given_up(queued(kind=Kind.OFFER, related={"offer": 0}))
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("drops_out", "status"), [(False, MessageStatus.SENT), (True, MessageStatus.SKIPPED)]
)
def test_rule_5_a_confirmation_goes_once_more_while_it_is_of_use(
    twilio: StandIn, clock: time_machine.Traveller, drops_out: bool, status: str
) -> None:
    slot = factories.CancellationFactory.create(status="filled")
    visit = factories.AppointmentFactory.create(fills_slot=slot.pk, starts_at=slot.starts_at)
    about = {"cancellation": slot.pk, "patient": visit.patient_id}
    given_up(queued(kind=Kind.CONFIRMATION, related=about, logical_key="confirmation:1"))
    if drops_out:
        visit.status = "cancelled"
        visit.save()
    clock.shift(timedelta(minutes=BEFORE_IT_WAS_SENT))
    assert send(Message.objects.get(logical_key="confirmation:1#2")).status == status


def test_rule_5_after_the_second_time_a_person_looks(twilio: StandIn) -> None:
    message = queued(kind=Kind.REMINDER, logical_key="reminder:1#2")
    given_up(message)
    message.refresh_from_db()
    assert (message.attention, Message.objects.count()) == (Attention.NOT_SENT, 1)


def test_rule_8_a_callback_may_be_faster_than_the_call(
    client: Client, twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed, outgoing = delivery.claim(message_id=queued().pk, now=timezone.now())
    assert claimed is not None
    assert outgoing is not None
    answer = delivery.call(outgoing)
    assert isinstance(answer, Sent)
    seen = Message.objects.get()
    seen.twilio_sid = answer.sid
    assert reported(client, seen, "delivered").status == MessageStatus.DELIVERED
    assert delivery.settle(message=claimed, answer=answer, now=timezone.now()) == MessageStatus.DELIVERED


def test_rule_18_a_phone_gets_thirty_texts_in_thirty_seconds_and_the_rest_later(
    twilio: StandIn, clock: time_machine.Traveller
) -> None:
    for number in range(32):
        queued(to="+12025550101", body=f"Answer {number}")
    assert sweep() == 32
    assert len(twilio.taken) == 30
    clock.shift(timedelta(seconds=30))
    sweep()
    assert len(twilio.taken) == 32


class Refusing:
    """A provider that is never reached."""

    def send(self, outgoing: Outgoing) -> Answer:
        return NotProcessed("no connection")

    def find(self, **whatever: Any) -> list[str] | None:
        return None


def test_rule_3_a_provider_that_is_away_loses_no_text(
    monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    monkeypatch.setattr(gateways, "current", Refusing)
    message = queued()
    for _ in range(20):
        send(message)
        clock.shift(timedelta(minutes=2))
    assert (message.status, message.attempt) == (MessageStatus.QUEUED, 20)


def test_rule_5_a_clarification_whose_moment_is_over_goes_to_a_person_and_not_again(twilio: StandIn) -> None:
    message = queued(kind=Kind.CLARIFICATION, logical_key="reply:1")
    given_up(message)
    message.refresh_from_db()
    assert (message.attention, Message.objects.count()) == (Attention.NOT_SENT, 1)
