"""Beat ends when it is told to, in the middle of a query too."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from celery.beat import Service
from django.db import connection

from clinic_waitlist.celery import app, end_between_looks


@pytest.fixture
def service() -> Iterator[Service]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield Service(app)
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_query_lets_it_finish_and_ends_beat_after_it(
    service: Service, number: signal.Signals
) -> None:
    end_between_looks(sender=service)
    with connection.cursor() as cursor:
        connection.connection.add_notice_handler(lambda notice: os.kill(os.getpid(), number))
        cursor.execute("DO $$ BEGIN RAISE NOTICE 'now'; END $$")
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert service._is_shutdown.is_set()  # type: ignore[attr-defined]
