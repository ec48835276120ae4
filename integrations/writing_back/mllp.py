"""One message out over MLLP and its acknowledgement back. The network only: no Django, no database."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from integrations.hl7.framing import CR, FS, VT, Frames, TooLarge

START, END = bytes((VT,)), bytes((FS, CR))
LONGEST_ANSWER = 64 * 1024
PIECE = 4096


class NotSent(Exception):
    """Not a byte of the message was handed over."""


class NoAnswer(Exception):
    """The message may have arrived; no answer to it came, or none that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where an EHR listens. `tls` is the context to speak in, None for plain text."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    patience_seconds: float = 20


def exchange(line: Line, message: bytes, *, is_answer: Callable[[bytes], bool]) -> bytes:
    """Send one message and return the first answer for which `is_answer` holds.

    Others, late answers to somebody else's message, are passed over. Raises NotSent or NoAnswer.
    """
    deadline = time.monotonic() + line.patience_seconds
    with _connected(line) as connection:
        try:
            connection.sendall(START + message + END)
            return _answered(connection, deadline, is_answer)
        except OSError:
            # A time-out and a reset among them: how much of it was read over there nobody knows.
            raise NoAnswer from None


def _connected(line: Line) -> socket.socket:
    try:
        plain = socket.create_connection((line.host, line.port), timeout=line.patience_seconds)
    except OSError:
        raise NotSent from None
    if line.tls is None:
        return plain
    try:
        return line.tls.wrap_socket(plain, server_hostname=line.host)
    except OSError:
        with suppress(OSError):
            plain.close()
        raise NotSent from None


def _answered(connection: socket.socket, deadline: float, is_answer: Callable[[bytes], bool]) -> bytes:
    frames = Frames(limit=LONGEST_ANSWER)
    while True:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        piece = connection.recv(PIECE)
        if not piece or time.monotonic() > deadline:
            raise NoAnswer
        try:
            found = next((body for body in frames.feed(piece) if is_answer(body)), None)
        except TooLarge:
            raise NoAnswer from None
        if found is not None:
            return found
