"""Calls in their moment, by a thread of the process."""

from __future__ import annotations

import logging
import threading
from functools import partial

import pytest

from core.punctual import Clock

LONGEST_SECONDS = 10


def test_what_is_due_first_is_called_first_whatever_came_first() -> None:
    clock, done = Clock(), threading.Event()
    called: list[str] = []
    clock.call(0.06, "end", done.set)
    clock.call(0.04, "late", partial(called.append, "late"))
    clock.call(0.01, "early", partial(called.append, "early"))
    assert done.wait(LONGEST_SECONDS)
    assert called == ["early", "late"]


def test_one_name_is_called_once_and_may_be_given_again_later() -> None:
    clock, done, again = Clock(), threading.Event(), threading.Event()
    called: list[int] = []
    for number in range(3):
        clock.call(0.01, "same", partial(called.append, number))
    clock.call(0.03, "end", done.set)
    assert done.wait(LONGEST_SECONDS)
    clock.call(0, "same", again.set)
    assert again.wait(LONGEST_SECONDS)
    assert called == [0]


def test_a_call_that_fails_does_not_stop_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    clock, done = Clock(), threading.Event()
    with caplog.at_level(logging.CRITICAL, logger="core.punctual"):
        clock.call(0, "bad", partial([].pop))
        clock.call(0.01, "good", done.set)
        assert done.wait(LONGEST_SECONDS)
