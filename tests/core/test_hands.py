"""The threads of a worker that do the next step of what it has done."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery.app.task import Task
from django.db import connection, transaction
from django.utils import timezone

from core import hands, wakeups
from core.hands import Hands
from messaging import outbox
from messaging.models import Kind, Message
from messaging.states import MessageStatus

SECONDS = 5


@pytest.fixture
def one_hand() -> Iterator[Hands]:
    crew = Hands(1)
    yield crew
    crew.end()


@pytest.fixture
def busy(one_hand: Hands) -> Iterator[threading.Event]:
    """Its only hand waits for this event."""
    taken, leave = threading.Event(), threading.Event()

    def wait() -> None:
        taken.set()
        leave.wait(SECONDS)

    one_hand.add(wait, priority=0)
    taken.wait(SECONDS)
    yield leave
    leave.set()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, **options: calls.append(options))
    return calls


def test_the_most_urgent_step_is_done_first(one_hand: Hands, busy: threading.Event) -> None:
    done: list[str] = []
    for priority, name in ((5, "taken"), (2, "confirmation"), (5, "taken too"), (1, "offer")):
        one_hand.add(lambda name=name: done.append(name), priority=priority)  # type: ignore[misc]
    busy.set()
    one_hand.end()
    assert done == ["offer", "confirmation", "taken", "taken too"]


def test_a_step_that_fails_is_logged_and_the_next_is_done(
    one_hand: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []
    one_hand.add(lambda: [][0], priority=0)
    one_hand.add(lambda: done.append(1), priority=0)
    one_hand.end()
    assert ("next step failed" in caplog.text, done) == (True, [1])


def test_a_process_that_ends_finishes_what_it_has_taken_on(one_hand: Hands, busy: threading.Event) -> None:
    done: list[int] = []
    one_hand.add(lambda: done.append(1), priority=0)
    busy.set()
    one_hand.end()
    assert done == [1]
    assert not one_hand.add(lambda: done.append(2), priority=0)


def test_a_worker_that_has_enough_to_do_leaves_the_rest_to_others(
    one_hand: Hands, busy: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "AT_MOST", 2)
    assert [one_hand.add(lambda: None, priority=0) for _ in range(3)] == [True, True, False]


def test_who_has_won_is_decided_before_anybody_is_told(one_hand: Hands) -> None:
    done: list[str] = []
    with one_hand.aside(), one_hand.aside():
        one_hand.add(lambda: done.append("told"), priority=0)
        time.sleep(0.2)
        done.append("decided")
    one_hand.end()
    assert done == ["decided", "told"]


def test_no_step_waits_for_ever_for_what_is_decided(one_hand: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "ASIDE_SECONDS", 0.1)
    told = threading.Event()
    with one_hand.aside():
        one_hand.add(told.set, priority=0)
        assert told.wait(SECONDS)


def test_less_urgent_steps_do_not_wait_for_ever_behind_new_ones(
    one_hand: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "ASIDE_SECONDS", 0.1)
    told = threading.Event()
    with one_hand.aside():
        one_hand.add(told.set, priority=5)
        until = time.monotonic() + SECONDS
        while not told.is_set() and time.monotonic() < until:
            one_hand.add(lambda: None, priority=0)
            time.sleep(0.02)
        assert told.is_set()


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_followed_up_lets_the_texts_wait(
    one_hand: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_hands", [one_hand])
    monkeypatch.setattr(wakeups, "current_task", "a worker's")
    done: list[str] = []

    def decide(task: object, **ids: int) -> None:
        one_hand.add(lambda: done.append("told"), priority=0)
        time.sleep(0.2)
        done.append("decided")

    monkeypatch.setattr(Task, "run", decide)
    wakeups.follow(Task(), message_id=1)
    one_hand.end()
    assert done == ["decided", "told"]


def owe(key: str = "reply:1") -> None:
    draft = outbox.Draft(kind=Kind.REPLY, to="+12125550100", body="Thank you.", key=key)
    with transaction.atomic():
        outbox.queue(drafts=[draft], now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_worker_with_hands_sends_what_it_owes_without_a_task(
    one_hand: Hands, monkeypatch: pytest.MonkeyPatch, published: list[dict[str, Any]], settings: Any
) -> None:
    settings.USE_MOCK_TWILIO = True
    monkeypatch.setattr(wakeups, "_hands", [one_hand])
    owe()
    one_hand.add(lambda: connection.close(), priority=9)
    one_hand.end()
    assert Message.objects.get(direction="outbound").status == MessageStatus.SENT
    assert [call for call in published if "message_ids" in call["kwargs"]] == []


@pytest.mark.django_db(transaction=True)
def test_what_no_hand_takes_is_a_task(
    one_hand: Hands, monkeypatch: pytest.MonkeyPatch, published: list[dict[str, Any]]
) -> None:
    one_hand.end()
    monkeypatch.setattr(wakeups, "_hands", [one_hand])
    owe()
    assert published[0]["kwargs"] == {"message_ids": [Message.objects.get().pk]}


@pytest.mark.django_db(transaction=True)
def test_a_text_of_a_transaction_that_failed_is_handed_to_nobody(
    one_hand: Hands, busy: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_hands", [one_hand])
    done: list[int] = []
    with transaction.atomic():
        transaction.on_commit(lambda: done.append(1))
        owe()
        transaction.set_rollback(True)
    busy.set()
    one_hand.end()
    assert (done, Message.objects.count()) == ([], 0)
