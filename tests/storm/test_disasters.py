"""Broker, database and provider fail under load, one at a time: it delays, and loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis
from django.db import connection
from django.utils import timezone

from messaging.models import Message
from offers.models import Cancellation
from tests.storm import account, cargo, weather
from tests.storm.riding import SEED, held, ride_out
from tests.storm.stage import Stage, wait_for

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
LOAD = 90
# Longer than an unclear text stays off the list.
AWAY_SECONDS = 15
# What a restart of PostgreSQL does to its clients, without one: other tests may use this server.
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""

Show = Callable[[str, object], None]


def test_a_broker_emptied_under_load_delays_and_loses_nothing(stage: Stage, record_property: Show) -> None:
    broker = redis.Redis(port=stage.redis_port)
    cargo.load(texts=LOAD)
    ride_out(stage, blow=broker.flushall, after=weather.kills(SEED, times=3, posts=LOAD))
    drawn = held(stage, record_property, f"{LOAD} texts, broker emptied 3 times")
    assert {row.status for row in drawn.rows} <= {*account.ARRIVED, "skipped"}


def test_a_database_that_cuts_everybody_off_under_load_delays_and_loses_nothing(
    stage: Stage, record_property: Show
) -> None:
    def cut_off() -> None:
        with connection.cursor() as cursor:
            cursor.execute(CUT)

    cargo.load(texts=LOAD)
    ride_out(stage, blow=cut_off, after=weather.kills(SEED, times=3, posts=LOAD))
    held(stage, record_property, f"{LOAD} texts, connections to the database cut 3 times")


def test_a_provider_that_is_away_delays_and_loses_nothing(stage: Stage, record_property: Show) -> None:
    # Given texts on their way, and questions that the provider did not take before their slot began
    cargo.load(texts=LOAD)
    wait_for(lambda: stage.provider.posts > LOAD // 3)
    stage.provider.go_away()
    slot = cargo.one_more_slot()
    asked = Message.objects.filter(related__cancellation=slot.pk)
    wait_for(lambda: asked.filter(attempt__gt=0).exists())
    time.sleep(AWAY_SECONDS)
    Cancellation.objects.filter(pk=slot.pk).update(starts_at=timezone.now())
    # When it is back
    stage.provider.come_back()
    ride_out(stage, blow=lambda: None, after=[])
    # Then what was too late was not sent, and the rest was
    drawn = held(stage, record_property, f"{LOAD} texts, provider away for {AWAY_SECONDS} s and more")
    ends = {(text.status, text.skip_reason) for text in asked}
    # A kept-alive line that was cut under a question leaves it unclear: not sent, and a person is told.
    assert ends <= {("skipped", "stale"), ("skipped", "too_late"), ("not_sent", "")}
    assert len(asked) == 3
    assert sum(row.status in account.ARRIVED for row in drawn.rows) >= LOAD * 0.8
