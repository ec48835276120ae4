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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

logger = logging.getLogger(__name__)

# Beyond so many steps a worker leaves them to others: no more are lost with it, or wait for it alone.
AT_MOST = 200
# A thread that has paused for so long looks whether its connection is still good; a trip for each step else.
PAUSE_SECONDS = 1.0


class Hands:
    """As many threads, each of which takes the most urgent step that waits."""

    def __init__(self, threads: int) -> None:
        self._crew = ThreadPoolExecutor(threads, thread_name_prefix="hand")
        self._waiting: list[tuple[int, int, Callable[[], object]]] = []
        self._turn = threading.Lock()
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
            heapq.heappush(self._waiting, (priority, next(self._count), step))
            return True

    def end(self) -> None:
        """Do what is still to be done, and take on nothing new; as the end of the process does by itself."""
        self._crew.shutdown()

    def _take(self) -> None:
        with self._turn:
            _, _, step = heapq.heappop(self._waiting)
        if time.monotonic() - getattr(self._own, "paused_at", 0.0) > PAUSE_SECONDS:
            close_old_connections()
        try:
            step()
        except Exception:
            # The step before is committed and stands; this one is found by its sweep.
            logger.exception("next step failed")
            close_old_connections()
        self._own.paused_at = time.monotonic()
