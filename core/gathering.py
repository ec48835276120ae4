"""Wake-ups of one moment that travel together, in a server that answers many requests at once.

A wake-up costs the broker's client and the worker more than storing the row that it is about. A server
therefore hands ids to a thread of its own, which waits a moment for others. What that thread holds when the
server dies are lost wake-ups: the sweep finds the rows.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

# Nobody notices this much; at a hundred texts a second it saves every second wake-up.
MOMENT_SECONDS = 0.02
AT_MOST = 10


class Gatherer:
    """Calls `publish` with the ids that come within a moment, at most AT_MOST at once."""

    def __init__(self, publish: Callable[[list[int]], None]) -> None:
        self._publish = publish
        self._coming: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, number: int) -> None:
        """Hand over an id; it never waits for the broker."""
        self._coming.put(number)
        # At the first id and not before: a server that forks would leave a thread behind.
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="gatherer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._publish(self._gathered())

    def _gathered(self) -> list[int]:
        found = [self._coming.get()]
        time.sleep(MOMENT_SECONDS)
        while len(found) < AT_MOST and not self._coming.empty():
            found.append(self._coming.get())
        return found
