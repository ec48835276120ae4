"""A database that hangs is left after a while, and only by whoever waited for it."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, connection

from core import bounding

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_statement_that_takes_too_long_fails_and_the_next_connection_works() -> None:
    with pytest.raises(OperationalError), bounding.within(0.1):
        ask("SELECT pg_sleep(60)")
    connection.close()
    ask("SELECT 1")
    assert connection.is_usable()


def test_what_is_done_in_time_keeps_its_connection() -> None:
    with bounding.within(0.1):
        ask("SELECT 1")
    time.sleep(3 * bounding.TICK_SECONDS)
    ask("SELECT 1")
    assert connection.is_usable()


def test_the_connection_of_somebody_else_is_left_alone() -> None:
    ask("SELECT 1")
    heard: list[type[Exception]] = []

    def wait() -> None:
        try:
            with bounding.within(0.1):
                ask("SELECT pg_sleep(60)")
        except OperationalError as error:
            heard.append(type(error))
        finally:
            connection.close()

    other = threading.Thread(target=wait)
    other.start()
    other.join()
    ask("SELECT 1")
    assert heard == [OperationalError]


def test_nobody_watches_when_nothing_is_under_way() -> None:
    with bounding.within(60):
        assert any(thread.name == "bounding" for thread in threading.enumerate())
    time.sleep(3 * bounding.TICK_SECONDS)
    assert not any(thread.name == "bounding" for thread in threading.enumerate())
