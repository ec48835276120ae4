"""Telling open boards at once that something has changed: one LISTEN connection for all streams of a process.

A stream says "changed" and nothing else; the board then fetches what it may see. Where no stream is to be had
(under WSGI, behind a proxy that buffers, with PostgreSQL down) the board looks again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

CHANNEL = "board"
# Proxies cut what is silent for longer; and a browser that has gone is noticed by writing to it.
SILENCE_SECONDS = 15.0
# A stream ends after this and is opened anew: whoever has been logged out since is then turned away.
LIFETIME_SECONDS = 600.0
# Changes come in bursts; a board is redrawn for each no faster than this.
GAP_SECONDS = 0.2
CHANGED = "event: changed\ndata:\n\n"
STILL_HERE = ": still here\n\n"


class Listener:
    """The process's one ear at PostgreSQL. It listens while there is anybody to tell."""

    def __init__(self) -> None:
        self._told: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None
        # Set when it listens, or has failed to.
        self.up = asyncio.Event()

    def join(self) -> asyncio.Event:
        """An event that is set at each change, and for good when listening has failed."""
        told = asyncio.Event()
        self._told.add(told)
        if self._task is None or self._task.done():
            self.up = asyncio.Event()
            self._task = asyncio.create_task(self._listen(self.up))
        return told

    def leave(self, told: asyncio.Event) -> None:
        """Nobody waits for this event any longer."""
        self._told.discard(told)
        if not self._told and self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def is_listening(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _listen(self, up: asyncio.Event) -> None:
        try:
            with suppress(psycopg.Error):
                async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as ear:
                    await ear.execute(f"LISTEN {CHANNEL}")
                    up.set()
                    async for _ in ear.notifies():
                        self._tell()
        finally:
            up.set()
            if self._task is asyncio.current_task():
                # With PostgreSQL gone the streams end, and the boards look by themselves.
                self._task = None
                self._tell()

    def _tell(self) -> None:
        for told in self._told:
            told.set()


listener = Listener()


async def stream() -> AsyncGenerator[str]:
    """Server-sent events: "changed" at once, since something may have been missed, and at each change."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + LIFETIME_SECONDS
    told = listener.join()
    try:
        # What changes between a first look and the first word heard would be seen by nobody.
        await listener.up.wait()
        yield f"retry: 3000\n{CHANGED}"
        while listener.is_listening and loop.time() < ends_at:
            try:
                await asyncio.wait_for(told.wait(), SILENCE_SECONDS)
            except TimeoutError:
                yield STILL_HERE
                continue
            told.clear()
            yield CHANGED
            await asyncio.sleep(GAP_SECONDS)
    finally:
        listener.leave(told)


def _address() -> str:
    """Where the database is. LISTEN needs the server itself: a pooler lends a connection by transaction."""
    known = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return make_conninfo(**{name: known[name] for name in names if known.get(name)})
