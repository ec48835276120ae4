"""Ids of one moment travel together, and none is lost on the way."""

from __future__ import annotations

import threading

import pytest
from celery import shared_task
from celery.app.task import Task
from django.db import transaction

from core import gathering, wakeups
from core.gathering import Gatherer


class Published:
    """What a gatherer handed on, lot by lot."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.changed = threading.Condition()

    def __call__(self, ids: list[int]) -> None:
        with self.changed:
            self.lots.append(ids)
            self.changed.notify_all()

    def wait_for(self, number: int) -> list[int]:
        with self.changed:
            assert self.changed.wait_for(lambda: sum(map(len, self.lots)) >= number, timeout=5)
        return [each for lot in self.lots for each in lot]


@shared_task
def look(*, ids: list[int]) -> None:
    """Nobody runs it here."""


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Published:
    heard = Published()
    monkeypatch.setattr(Task, "apply_async", lambda self, kwargs, **options: heard(kwargs["ids"]))
    return heard


def test_ids_of_one_moment_travel_together_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOMENT_SECONDS", 0.2)
    published = Published()
    gatherer = Gatherer(published)
    for number in range(7):
        gatherer.add(number)
    assert (published.wait_for(7), len(published.lots)) == (list(range(7)), 1)


def test_a_lot_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOMENT_SECONDS", 0.2)
    published = Published()
    gatherer = Gatherer(published)
    for number in range(gathering.AT_MOST + 2):
        gatherer.add(number)
    published.wait_for(gathering.AT_MOST + 2)
    assert [len(lot) for lot in published.lots] == [gathering.AT_MOST, 2]


def test_no_id_of_many_threads_is_lost() -> None:
    published = Published()
    gatherer = Gatherer(published)

    def add_fifty(first: int) -> None:
        for number in range(first, first + 50):
            gatherer.add(number)

    threads = [threading.Thread(target=add_fifty, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(published.wait_for(400)) == list(range(400))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_lot_that_fails_does_not_end_the_gathering() -> None:
    published = Published()

    def publish(ids: list[int]) -> None:
        if ids == [1]:
            raise RuntimeError
        published(ids)

    gatherer = Gatherer(publish)
    gatherer.add(1)
    assert gatherer._thread is not None
    gatherer._thread.join(5)
    gatherer.add(2)
    assert published.wait_for(1) == [2]


@pytest.mark.django_db(transaction=True)
def test_where_nobody_gathers_a_wake_up_goes_by_itself_after_the_commit(published: Published) -> None:
    with transaction.atomic():
        wakeups.wake_together(look, pk=1)
        wakeups.wake_together(look, pk=2)
        assert published.lots == []
    assert published.lots == [[1], [2]]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_gathers_wakes_once_for_a_moment(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOMENT_SECONDS", 0.2)
    wakeups.gather(look)
    with transaction.atomic():
        for number in (1, 2):
            wakeups.wake_together(look, pk=number)
    assert (published.wait_for(2), len(published.lots)) == ([1, 2], 1)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_gathered_from_a_transaction_that_failed(published: Published) -> None:
    wakeups.gather(look)
    with transaction.atomic():
        wakeups.wake_together(look, pk=1)
        transaction.set_rollback(True)
    wakeups.wake_together(look, pk=2)
    assert published.wait_for(1) == [2]
