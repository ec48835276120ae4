"""Waking, following, and sweeps that do not pile up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery import shared_task
from celery.app.task import Task
from django.db import connection, transaction
from django.utils import timezone

from core import turns, wakeups
from messaging.models import ProviderEvent

done: list[int] = []


@shared_task
def note(*, number: int) -> None:
    if number < 0:
        raise ValueError(number)
    done.append(number)


@shared_task
def step(*, number: int) -> None:
    wakeups.follow(note, number=number)


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, **options: calls.append(options))
    done.clear()
    return calls


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_waits_for_the_commit(published: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        wakeups.wake(note, number=1)
        assert published == []
    assert published[0]["kwargs"] == {"number": 1}


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_of_a_transaction_that_failed_is_never_sent(published: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        wakeups.wake(note, number=1)
        transaction.set_rollback(True)
    assert published == []


@pytest.mark.django_db(transaction=True)
def test_what_comes_in_bursts_has_a_queue_of_its_own(published: list[dict[str, Any]]) -> None:
    for priority in (0, 5, wakeups.IN_BULK):
        wakeups.wake(note, priority=priority, number=1)
    assert [call["queue"] for call in published] == ["offers", "offers", "bulk"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_the_next_step_itself(published: list[dict[str, Any]]) -> None:
    step.apply(kwargs={"number": 7}, throw=True)
    assert (done, published) == ([7], [])


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_worker_the_next_step_is_a_task(published: list[dict[str, Any]]) -> None:
    step.run(number=7)
    assert (done, published[0]["kwargs"]) == ([], {"number": 7})


@pytest.mark.django_db(transaction=True)
def test_a_next_step_that_fails_leaves_the_first_standing(caplog: pytest.LogCaptureFixture) -> None:
    step.apply(kwargs={"number": -1}, throw=True)
    assert "next step failed" in caplog.text


def test_a_sweep_that_is_still_running_is_not_started_again() -> None:
    entered, leave, runs = threading.Event(), threading.Event(), []

    @wakeups.one_at_a_time
    def sweep() -> None:
        runs.append(1)
        entered.set()
        leave.wait(5)

    first = threading.Thread(target=sweep)
    first.start()
    entered.wait(5)
    sweep()
    leave.set()
    first.join()
    sweep()
    assert len(runs) == 2


@pytest.fixture
def held_elsewhere(transactional_db: None) -> Iterator[int]:
    """A text of a phone whose turn another worker has."""
    event_id = text_of("+1")
    taken, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            take(event_id, turns.ANSWERING)
            taken.set()
            leave.wait(5)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    taken.wait(5)
    yield event_id
    leave.set()
    other.join()


def text_of(phone: str) -> int:
    when = {"received_at": timezone.now(), "next_attempt_at": timezone.now()}
    return ProviderEvent.objects.create(sid=f"SM{phone}", kind="inbound", phone=phone, payload={}, **when).pk


def take(event_id: int, work: int) -> tuple[str, bool] | None:
    turn = turns.take(
        table="messaging_providerevent", column="phone", pk=event_id, work=work, skip_locked=True
    )
    return None if turn is None else (turn.phone, turn.is_ours)


def test_a_phone_whose_turn_it_is_can_be_left_alone(held_elsewhere: int) -> None:
    with transaction.atomic():
        assert take(held_elsewhere, turns.ANSWERING) == ("+1", False)
        assert take(held_elsewhere, turns.READING_IN) == ("+1", True)
        assert take(text_of("+2"), turns.ANSWERING) == ("+2", True)


@pytest.mark.django_db
def test_there_is_no_turn_without_a_row() -> None:
    assert take(0, turns.ANSWERING) is None
