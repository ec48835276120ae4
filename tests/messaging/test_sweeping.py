"""Whatever is due leaves: side by side where workers wake up, one after the other where they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.app.task import Task
from django.db import transaction
from django.utils import timezone

from messaging import gate, outbox, sweeping, tasks
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from tests.messaging.sending import queued, sweep
from tests.twilio_standin import StandIn

# Wake-ups wait for a real commit.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Id and priority of every text that a worker is woken for; no worker comes."""
    calls: list[tuple[int, int]] = []

    def publish(task: Task[Any, Any], kwargs: dict[str, Any], priority: int, **options: Any) -> None:
        calls.extend((pk, priority) for pk in kwargs.get("message_ids") or [kwargs["message_id"]])

    monkeypatch.setattr(Task, "apply_async", publish)
    return calls


def test_every_due_text_but_the_first_wakes_a_worker(twilio: StandIn, woken: list[tuple[int, int]]) -> None:
    first, second, third = queued(priority=1), queued(priority=2), queued(priority=5)
    sweep()
    assert woken == [(second.pk, 2), (third.pk, 5)]
    assert [text.to for text in twilio.taken] == [first.to, second.to, third.to]


def test_texts_whose_wake_ups_are_all_lost_are_sent_all_the_same(
    twilio: StandIn, woken: list[tuple[int, int]]
) -> None:
    for _ in range(5):
        queued()
    assert (sweep(), len(twilio.taken)) == (5, 5)


def test_a_sweep_is_over_before_the_next_one_begins(
    twilio: StandIn, woken: list[tuple[int, int]], clock: time_machine.Traveller
) -> None:
    for _ in range(3):
        queued()
    twilio.on_taken = lambda text: clock.shift(timedelta(seconds=0.6))
    tasks.sweep_outbox.run()
    assert len(twilio.taken) == 2
    tasks.sweep_outbox.run()
    assert len(twilio.taken) == 3


def test_nobody_is_woken_twice_for_a_text(
    twilio: StandIn, woken: list[tuple[int, int]], clock: time_machine.Traveller
) -> None:
    twilio.always = "429"
    with transaction.atomic():
        drafts = [outbox.Draft(kind=Kind.REPLY, to="+12025550101", body="Hi", key=f"a:{n}") for n in range(2)]
        outbox.queue(drafts=drafts, now=timezone.now())
    second = Message.objects.get(logical_key="a:1").pk
    del woken[:]
    sweeping._wake([second], timezone.now())
    assert woken == []
    # Its wake-up was lost
    clock.shift(sweeping.WAKE_AGAIN)
    sweeping._wake([second], timezone.now())
    sweeping._wake([second], timezone.now())
    assert woken == [(second, 5)]


def test_a_text_that_was_put_off_wakes_a_worker_when_it_is_due(
    twilio: StandIn, woken: list[tuple[int, int]], clock: time_machine.Traveller
) -> None:
    twilio.faults = ["429", "429"]
    first, second = queued(), queued(priority=6)
    sweep()
    del woken[:]
    clock.shift(timedelta(seconds=3))
    sweep()
    assert (first.pk, 5) not in woken
    assert woken == [(second.pk, 6)]


def test_a_text_that_a_worker_has_sent_is_not_sent_by_the_sweep(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: Callable[..., Any] = lambda task, kwargs, **options: task.run(**kwargs)  # noqa: E731 - one line
    monkeypatch.setattr(Task, "apply_async", at_once)
    for _ in range(3):
        queued()
    assert (sweep(), twilio.posts) == (1, 3)


def test_a_text_that_raises_steps_aside_for_the_others(
    twilio: StandIn, woken: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Message, now: Any) -> gate.Go:
        raise RuntimeError

    monkeypatch.setitem(gate._gates, Kind.HELP, broken)
    bad, good = queued(kind=Kind.HELP, priority=1), queued()
    assert sweep() == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == (MessageStatus.SENT, MessageStatus.QUEUED)
    assert bad.next_attempt_at is not None
    assert bad.next_attempt_at > timezone.now() + sweeping.STEP_ASIDE / 2


@pytest.mark.usefixtures("woken")
def test_an_empty_queue_costs_two_queries(django_assert_num_queries: Any) -> None:
    queued(status=MessageStatus.SKIPPED)
    with django_assert_num_queries(2):
        sweep()


def test_urgent_texts_have_a_wake_up_each_and_the_others_share_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[tuple[list[str | None], int]] = []

    def publish(task: Task[Any, Any], kwargs: dict[str, Any], priority: int, **options: Any) -> None:
        ids = kwargs.get("message_ids") or [kwargs["message_id"]]
        texts = Message.objects.filter(pk__in=ids).order_by("pk")
        published.append((list(texts.values_list("logical_key", flat=True)), priority))

    monkeypatch.setattr(Task, "apply_async", publish)
    keys = {"a": 1, "b": 1, "c": 5, "d": 5, "e": 2, "f": 5, "g": 5, "h": 5}
    drafts = [
        outbox.Draft(kind=Kind.REPLY, to="+12025550101", body="Hi", key=key, priority=priority)
        for key, priority in keys.items()
    ]
    with transaction.atomic():
        outbox.queue(drafts=drafts, now=timezone.now())
    urgent = [(["a"], 1), (["b"], 1), (["e"], 2)]
    assert published == [*urgent, (["c", "d", "f", "g"], 5), (["h"], 5)]


def test_of_texts_that_share_a_wake_up_one_that_raises_holds_up_none(
    twilio: StandIn, woken: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = queued(), queued(kind=Kind.CLARIFICATION), queued()

    def broken(message: Message, now: Any) -> gate.Go:
        raise RuntimeError

    monkeypatch.setitem(gate._gates, Kind.CLARIFICATION, broken)
    tasks.send_several.run(message_ids=[first.pk, second.pk, third.pk, 0])
    assert [text.to for text in twilio.taken] == [first.to, third.to]
    second.refresh_from_db()
    assert second.status == MessageStatus.QUEUED
