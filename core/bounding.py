"""A database that hangs is left after a while: whoever waits for our answer hears that it failed.

Neither statement_timeout nor lock_timeout helps where the server itself stands still, and asking for them
would cost each message two round trips more. So one thread looks a few times a second at what is under way,
and shuts the line of a connection that is late; the statement that waits on it then fails.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

TICK_SECONDS = 0.25


@dataclass(frozen=True, eq=False)
class _Work:
    until: float
    wrapper: Any


_lock = threading.Lock()
_under_way: set[_Work] = set()
_watching: list[threading.Thread] = []


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what is done inside wait for the database no longer: after that it meets an OperationalError.

    Making a new connection is bounded by its connect_timeout.
    """
    work = _Work(until=time.monotonic() + seconds, wrapper=connections[DEFAULT_DB_ALIAS])
    with _lock:
        _under_way.add(work)
        if not _watching:
            _watching.append(threading.Thread(target=_watch, name="bounding", daemon=True))
            _watching[0].start()
    try:
        yield
    finally:
        # Under the lock: the connection may be somebody else's work from here on.
        with _lock:
            _under_way.discard(work)


def _watch() -> None:
    while True:
        time.sleep(TICK_SECONDS)
        with _lock:
            for work in _under_way:
                if work.until < time.monotonic():
                    _hang_up(work.wrapper.connection)
            if not _under_way:
                _watching.clear()
                return


def _hang_up(connection: Any) -> None:
    if connection is None or connection.closed:
        return
    # A copy of its number: the thread that waits closes the line itself.
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
