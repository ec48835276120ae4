"""Threads of a worker that do the next step of what it has done, where that step waits for somebody else.

A task through the broker costs as much as the step itself, and a provider that takes its time would hold up
whatever waits for a worker. What these threads still have before them when the process is killed are lost
wake-ups: the sweep finds the rows. A process that ends by itself lets them finish first.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from django.db import close_old_connections

logger = logging.getLogger(__name__)

# Beyond so many steps a worker leaves them to others: no more are lost with it, or wait for it alone.
AT_MOST = 1000
# No step waits longer for the answers that are decided meanwhile.
ASIDE_SECONDS = 5.0
# A thread that has paused for so long looks whether its connection is still good; a trip for each step else.
PAUSE_SECONDS = 1.0


class _Step(NamedTuple):
    priority: int
    number: int
    wanted_at: float
    do: Callable[[], object]


class Hands:
    """As many threads, each of which takes the most urgent step that waits.

    They step aside while something is decided in this process: on few cores texts that leave meanwhile would
    hold up who has won, and telling takes no longer afterwards.
    """

    def __init__(self, threads: int) -> None:
        self._crew = ThreadPoolExecutor(threads, thread_name_prefix="hand")
        self._waiting: list[_Step] = []
        self._turn = threading.Condition()
        self._deciding = 0
        self._count = itertools.count()
        self._own = threading.local()

    def add(self, step: Callable[[], object], *, priority: int) -> bool:
        """Do this as soon as there is a hand, a lower `priority` first; False: somebody else has to do it."""
        with self._turn:
            if len(self._waiting) >= AT_MOST:
                return False
            try:
                self._crew.submit(self._take)
            except RuntimeError:
                # The process ends, and takes on nothing new.
                return False
            heapq.heappush(self._waiting, _Step(priority, next(self._count), time.monotonic(), step))
            return True

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Something is decided within: begin no step until then, or until one has waited ASIDE_SECONDS."""
        with self._turn:
            self._deciding += 1
        try:
            yield
        finally:
            with self._turn:
                self._deciding -= 1
                if not self._deciding:
                    self._turn.notify_all()

    def end(self) -> None:
        """Do what is still to be done, and take on nothing new; as the end of the process does by itself."""
        self._crew.shutdown()

    def _take(self) -> None:
        step = self._next()
        if time.monotonic() - getattr(self._own, "paused_at", 0.0) > PAUSE_SECONDS:
            close_old_connections()
        try:
            step.do()
        except Exception:
            # The step before is committed and stands; this one is found by its sweep.
            logger.exception("next step failed")
            close_old_connections()
        self._own.paused_at = time.monotonic()

    def _next(self) -> _Step:
        with self._turn:
            while self._deciding and (left := self._left()) > 0:
                self._turn.wait(left)
            return heapq.heappop(self._waiting)

    def _left(self) -> float:
        # Of whichever has waited longest: new ones that are more urgent must not keep it back for ever.
        return min(step.wanted_at for step in self._waiting) + ASIDE_SECONDS - time.monotonic()
