"""Stored before it is answered, once, sealed; and handled whatever happens to the worker."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations import emptying, handling, receiving
from integrations.facts import Standing
from integrations.models import FeedMessage, Parked
from tests.factories_of_feeds import FeedMessageFactory, SourceFactory
from tests.integrations.feed import Feed

pytestmark = pytest.mark.django_db


def receive(source_id: int, *, control_id: str = "1", body: bytes = b"MSH|1") -> receiving.Arrived:
    return receiving.receive(
        source_id=source_id, kind="hl7", control_id=control_id, body=body, now=timezone.now()
    )


def test_the_same_message_counts_once() -> None:
    source = SourceFactory()
    first, second = receive(source.pk), receive(source.pk)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.row_id == second.row_id == FeedMessage.objects.get().pk


def test_another_body_another_name_or_another_source_is_another_message() -> None:
    one, other = SourceFactory(), SourceFactory()
    receive(one.pk)
    for arrived in (receive(one.pk, body=b"MSH|2"), receive(one.pk, control_id="2"), receive(other.pk)):
        assert arrived.is_new


def test_what_rests_is_sealed() -> None:
    receive(SourceFactory().pk, body=b"MARKER")
    assert b"MARKER" not in bytes(FeedMessage.objects.get().body)


def test_the_sweep_handles_what_no_task_did(feed: Feed) -> None:
    feed.sends(feed.visit())
    assert handling.sweep(clock=timezone.now) == 1
    assert [visit.status for visit in feed.visits()] == ["booked"]
    assert handling.sweep(clock=timezone.now) == 0


def test_a_message_on_which_the_program_fails_steps_aside_and_at_last_waits_for_a_person(
    feed: Feed, clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    bad = feed.sends(feed.visit(starts_at="never"))
    feed.sends(feed.visit(keys=("A2",)))
    with caplog.at_level(logging.CRITICAL):
        for _ in range(handling.MOST_ATTEMPTS):
            handling.sweep(clock=timezone.now)
            clock.shift(timedelta(hours=1))
    bad.refresh_from_db()
    assert (bad.status, Parked.objects.get().why) == ("parked", "failed")
    assert len(feed.visits()) == 1


def test_after_thirty_days_a_message_is_empty_and_still_counts_once(
    clock: time_machine.Traveller,
) -> None:
    source = SourceFactory()
    receive(source.pk)
    FeedMessage.objects.update(status="handled", next_attempt_at=None)
    assert emptying.empty_due(clock=timezone.now) == 0
    clock.shift(timedelta(days=30, seconds=1))
    assert emptying.empty_due(clock=timezone.now) == 1
    message = FeedMessage.objects.get()
    assert (bytes(message.body), message.emptied_at) == (b"", timezone.now())
    assert not receive(source.pk).is_new


def test_what_is_still_to_be_handled_is_not_emptied(clock: time_machine.Traveller) -> None:
    FeedMessageFactory(status="received")
    clock.shift(timedelta(days=40))
    assert emptying.empty_due(clock=timezone.now) == 0


def test_old_news_frees_a_time_for_staff_and_texts_nobody(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit())
    cancelled = feed.visit(Standing.CANCELLED)
    clock.shift(timedelta(minutes=16))
    feed.says(cancelled)
    visit = feed.visits()[0]
    assert (visit.status, visit.offer_slot, visit.ask_first) == ("cancelled", True, True)


def test_news_that_waited_for_us_too_long_is_old(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit())
    message = feed.sends(feed.visit(Standing.CANCELLED))
    clock.shift(timedelta(minutes=16))
    handling.handle(message_id=message.pk, now=timezone.now())
    assert feed.visits()[0].ask_first
