"""Calls made at a moment, by one thread of this process: what a sweep every two seconds would make late."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable

logger = logging.getLogger(__name__)


class Clock:
    """Calls what it was given when its time has come. What it holds when the process dies is lost."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Hashable, Callable[[], None]]] = []
        self._names: set[Hashable] = set()
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def call(self, seconds: float, name: Hashable, what: Callable[[], None]) -> None:
        """Call `what` so many seconds from now; under a name that waits already nothing is added."""
        with self._changed:
            if name in self._names:
                return
            self._names.add(name)
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), name, what))
            # At the first call and not before: a worker that forks would leave a thread behind.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            what = self._next()
            try:
                what()
            except Exception:
                # The sweep does what this call would have; the others have their moments too.
                logger.exception("call on time failed")

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            _, _, name, what = heapq.heappop(self._due)
            self._names.discard(name)
            return what
