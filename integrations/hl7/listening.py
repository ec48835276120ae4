"""The MLLP listener: connections in, frames out of them, an answer for each, in their order.

Why it is ours: docs/adr. It holds one frame a connection and no more connections
than it was told; the database is asked in a few threads, whose connections are looked at before each use.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from integrations.hl7.framing import Frames, TooLarge

logger = logging.getLogger(__name__)

CHUNK = 65_536
START, END = b"\x0b", b"\x1c\r"
_GONE = (ConnectionError, TimeoutError, ssl.SSLError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes of one frame, connections, threads that ask the database, and seconds.

    `frame_seconds`: how long a frame may take from its first byte to its last, and an answer to be taken.
    `end_seconds`: how long the CR is waited for once FS has come; then the frame is whole without it.
    `answer_seconds`: how long a message may take to be stored; then it is answered as not stored.
    `idle_seconds`: how long a connection may be silent between frames.
    `drain_seconds`: how long the end waits for what is at hand.
    """

    frame_bytes: int
    connections: int = 256
    threads: int = 8
    frame_seconds: float = 30
    end_seconds: float = 1
    answer_seconds: float = 10
    idle_seconds: float = 3600
    drain_seconds: float = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What is done with a message, and with the beginning of one that is too large. Called in a thread.

    `fail` answers for a message that was not stored in time, `answered` hears of each answer and its seconds.
    These two wait for nothing.
    """

    take: Callable[[bytes], bytes]
    refuse_size: Callable[[bytes], bytes]
    fail: Callable[[bytes], bytes]
    answered: Callable[[bytes, float], None]


class Listener:
    """Serves until `stop`. What was read whole by then is stored and answered, what was not is sent again."""

    def __init__(self, *, doors: Doors, limits: Limits) -> None:
        self._doors, self._limits = doors, limits
        self._threads = ThreadPoolExecutor(limits.threads, thread_name_prefix="hl7")
        self._open: set[Connection] = set()
        self._stopping = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port that was found, where `port` is 0."""
        handshake = {"ssl_handshake_timeout": self._limits.frame_seconds} if tls else {}
        self._server = await asyncio.start_server(
            self._serve, host, port, limit=CHUNK, ssl=tls, backlog=256, **handshake
        )
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    def stop(self) -> None:
        self._stopping.set()

    async def serve(self) -> None:
        """Until `stop`; then no new connection, and the messages at hand are answered first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, NotImplementedError, RuntimeError):  # not in the main thread
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        await self._stopping.wait()
        await self.close()

    async def close(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.close()
        for connection in self._open:
            if not connection.is_answering:
                connection.task.cancel()
        tasks = [connection.task for connection in self._open]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._limits.drain_seconds)
            for task in late:
                task.cancel()
        self._threads.shutdown(wait=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopping.is_set() or not self._has_room():
            peer = writer.get_extra_info("peername")[0]
            logger.warning("hl7 connection refused", extra={"open": len(self._open), "peer": peer})
            writer.transport.abort()
            return
        # A sender that vanished without a word is noticed long before `idle_seconds`.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection = Connection(reader, writer, limits=self._limits, ask=self._ask)
        self._open.add(connection)
        try:
            await connection.run(is_last=self._stopping.is_set)
        except _GONE as error:
            logger.info("hl7 connection lost", extra={"error": type(error).__name__})
        except asyncio.CancelledError:
            pass  # it was idle, or too slow for the end: whoever is not answered sends again
        finally:
            self._open.discard(connection)
            writer.transport.abort() if connection.is_stuck else writer.close()

    def _has_room(self) -> bool:
        """With all connections taken the one that is idle for longest is closed.

        Its sender connects again with its next message; the one that comes now has a message. An engine that
        forgets to hang up, or somebody who holds connections open, shuts nobody out.
        """
        if len(self._open) < self._limits.connections:
            return True
        idle = min((each for each in self._open if each.is_idle), key=lambda each: each.since, default=None)
        if idle is None:
            return False
        logger.warning("hl7 connection makes room", extra={"open": len(self._open)})
        self._open.discard(idle)
        idle.task.cancel()
        return True

    async def _ask(self, name: str, body: bytes) -> bytes:
        door, loop = getattr(self._doors, name), asyncio.get_running_loop()
        began = loop.time()
        try:
            # With all threads at a database that hangs, the others' messages wait here, and no longer.
            async with asyncio.timeout(self._limits.answer_seconds):
                answer: bytes = await loop.run_in_executor(self._threads, door, body)
        except TimeoutError:
            # It may be stored yet: sent again it has no second effect.
            logger.error("hl7 message not stored in time", extra={"seconds": self._limits.answer_seconds})
            answer = self._doors.fail(body)
        self._doors.answered(answer, loop.time() - began)
        return answer


class Connection:
    """One sender. Its messages are answered one after the other, as it sent them."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, limits: Limits, ask: Any
    ) -> None:
        self._reader, self._writer, self._limits, self._ask = reader, writer, limits, ask
        self._frames = Frames(limit=limits.frame_bytes)
        self.is_answering = self.is_stuck = False
        # Of the event loop's clock: when its last frame was over.
        self.since = asyncio.get_running_loop().time()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a connection is made by the task that serves it
        self.task = task

    @property
    def is_idle(self) -> bool:
        """Whether it is between two frames."""
        return not (self.is_answering or self._frames.is_inside)

    async def run(self, *, is_last: Callable[[], bool]) -> None:
        """Until the sender leaves, is too slow or too large, or `is_last` says that the end has come."""
        began, was_inside, loop = 0.0, False, asyncio.get_running_loop()
        while not is_last():
            if not (was_inside and self._frames.is_inside):
                began = loop.time()
            was_inside = self._frames.is_inside
            data = await self._read(began)
            if data == b"":
                return
            try:
                for message in [self._frames.finish()] if data is None else self._frames.feed(data):
                    await self._answer("take", message)
                    began = loop.time()
            except TooLarge as error:
                logger.warning("hl7 frame too large", extra={"limit": self._limits.frame_bytes})
                await self._answer("refuse_size", error.head)
                await self._let_finish()
                return

    async def _let_finish(self) -> None:
        """Throw the rest away as it comes: closed over unread bytes, the sender would not see the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.drain_seconds):
                while await self._reader.read(CHUNK):
                    pass

    async def _read(self, began: float) -> bytes | None:
        """What comes next; b"" at the end, or where nothing or too little of a frame comes in time.

        None where a frame has its FS and nothing follows.
        """
        is_inside, is_ended = self._frames.is_inside, self._frames.is_ended
        seconds = self._limits.frame_seconds if is_inside else self._limits.idle_seconds
        until = began + seconds
        if is_ended:
            until = asyncio.get_running_loop().time() + self._limits.end_seconds
        try:
            async with asyncio.timeout_at(until):
                return await self._reader.read(CHUNK)
        except TimeoutError:
            if is_ended:
                return None
            self.is_stuck = True
            logger.info("hl7 connection timed out", extra={"in_frame": is_inside})
            return b""

    async def _answer(self, door: str, body: bytes) -> None:
        self.is_answering = True
        try:
            answer = await self._ask(door, body)
            if not answer:
                return
            self._writer.write(START + answer + END)
            async with asyncio.timeout(self._limits.frame_seconds):
                await self._writer.drain()
        except TimeoutError:
            self.is_stuck = True
            raise
        finally:
            self.is_answering = False
            self.since = asyncio.get_running_loop().time()


def tls_context(*, certificate: str, key: str, authority: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer; with `authority` only for clients whose certificate it has signed.

    Raises OSError and ssl.SSLError for files that are not there or hold something else.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key or None)
    if authority:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
