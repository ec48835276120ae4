"""The listener as a process of its own, and a sender that waits for each answer."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from tests.house.commands import ROOT, database_url, environment
from tests.settings import SECRET

COMMAND = ("manage.py", "hl7_listen")
PATIENCE_SECONDS = 60


@dataclass
class Process:
    running: subprocess.Popen[str]
    port: int

    def send(self, *messages: bytes) -> list[bytes]:
        """The answer to each; none where the listener is gone before it."""
        answers = []
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as line:
            for message in messages:
                line.sendall(b"\x0b" + message + b"\x1c\r")
                answers.append(self._answer(line))
        return answers

    @staticmethod
    def _answer(line: socket.socket) -> bytes:
        got = b""
        while not got.endswith(b"\x1c\r"):
            try:
                more = line.recv(65_536)
            except ConnectionError:
                return b""
            if not more:
                return b""
            got += more
        return got[1:-2]


@contextmanager
def listening(
    *words: str, log_level: str = "INFO", program: tuple[str, ...] = COMMAND, **also: str
) -> Iterator[Process]:
    """The command with the database of this test, and `also` in its environment, from when it listens."""
    env = environment(
        ENV_FILE="none",
        DEBUG="true",
        DJANGO_SETTINGS_MODULE="clinic_waitlist.settings",
        SECRET_KEY=SECRET,
        DATABASE_URL=database_url(),
        FIELD_ENCRYPTION_KEYS=settings.FIELD_ENCRYPTION_KEYS[0],
        LOG_LEVEL=log_level,
        PYTHONUNBUFFERED="1",
        **also,
    )
    command = [sys.executable, *program, "--source", "North", "--port", "0", *words]
    running = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    try:
        found = None
        while found is None:
            line = running.stdout.readline()
            assert line, "the listener ended before it listened"
            found = re.search(r"Listening for North at 127\.0\.0\.1:(\d+)", line)
        yield Process(running, int(found[1]))
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
