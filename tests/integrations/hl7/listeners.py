"""A listener in this process, whose doors are two functions, and senders that talk to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from integrations.hl7.listening import Doors, Limits, Listener

LIMIT = 100_000
MESSAGE = b"MSH|^~\\&|one\rSCH|1\r"
TOO_LARGE = b"too large: "


def limits(**said: float) -> Limits:
    return Limits(**{"frame_bytes": LIMIT, "drain_seconds": 2, **said})  # type: ignore[arg-type]


def echo(body: bytes) -> bytes:
    return b"answer to " + body


def refuse(head: bytes) -> bytes:
    return TOO_LARGE + head[:8]


def fail(body: bytes) -> bytes:
    return b"failed: " + body[:8]


def framed(*messages: bytes) -> bytes:
    return b"".join(b"\x0b" + message + b"\x1c\r" for message in messages)


class Sender:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The next answer without its frame; b"" where the listener hangs up."""
        async with asyncio.timeout(10):
            try:
                return (await self.reader.readuntil(b"\x1c\r"))[1:-2]
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                return b""

    def reset(self) -> None:
        """Leave without a word: what was sent and not read is lost."""
        found: socket.socket = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Running:
    def __init__(self, listener: Listener, port: int) -> None:
        self.listener, self.port = listener, port
        self._senders: list[Sender] = []

    async def sender(self, *, tls: ssl.SSLContext | None = None) -> Sender:
        found = Sender(*await asyncio.open_connection("127.0.0.1", self.port, ssl=tls))
        self._senders.append(found)
        return found

    async def leave(self) -> None:
        for sender in self._senders:
            sender.writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def running(
    *,
    take: Callable[[bytes], bytes] = echo,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Running]:
    listener = Listener(
        doors=Doors(take=take, refuse_size=refuse, fail=fail, answered=lambda answer, seconds: None),
        limits=limits or Limits(frame_bytes=LIMIT, drain_seconds=2),
    )
    found = Running(listener, await listener.start(host="127.0.0.1", port=0, tls=tls))
    try:
        yield found
    finally:
        await found.leave()
        await listener.close()


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Run a scene to its end, however it goes."""

    async def within() -> None:
        async with asyncio.timeout(30):
            await scene()

    asyncio.run(within())
