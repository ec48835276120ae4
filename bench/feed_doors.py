"""The doors of a schedule feed, asked over sixteen connections at once, and a bare insert beside them."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from bench.client import Run
from bench.stage import ROOT, Stage, free_port, wait_for
from integrations import sealing

CONNECTIONS = 16
PATH = "/api/v1/hl7/messages/"
Ask = Callable[[bytes], None]


def asked_at_once(door: Callable[[], Ask], bodies: Sequence[bytes]) -> Run:
    """Every message over CONNECTIONS connections, each after the answer to the one before."""
    seconds: list[float] = []
    failures: list[Exception] = []
    started = time.perf_counter()

    def send(first: int) -> None:
        try:
            ask = door()
            for body in bodies[first::CONNECTIONS]:
                began = time.perf_counter()
                ask(body)
                seconds.append(time.perf_counter() - began)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} connections failed") from failures[0]
    return Run(seconds, time.perf_counter() - started)


def by_http(stage: Stage, *, token: str) -> Callable[[], Ask]:
    headers = {"Content-Type": "application/hl7-v2", "Authorization": f"Token {token}"}

    def open_line() -> Ask:
        line = http.client.HTTPConnection("127.0.0.1", stage.web_port, timeout=30)

        def ask(body: bytes) -> None:
            line.request("POST", PATH, body, headers)
            _check(line.getresponse().read())

        return ask

    return open_line


def by_mllp(port: int) -> Callable[[], Ask]:
    def open_line() -> Ask:
        line = socket.create_connection(("127.0.0.1", port), timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def ask(body: bytes) -> None:
            line.sendall(b"\x0b" + body + b"\x1c\r")
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                more = line.recv(65_536)
                if not more:
                    raise ConnectionError
                answer += more
            _check(answer)

        return ask

    return open_line


def by_insert() -> Callable[[], Ask]:
    def open_line() -> Ask:
        def ask(body: bytes) -> None:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_floor (words) VALUES (%s)", [sealing.seal(body).hex()])

        return ask

    return open_line


def _check(answer: bytes) -> None:
    if b"\rMSA|AA|" not in answer:
        raise RuntimeError("not acknowledged")


@contextmanager
def listener(stage: Stage) -> Iterator[int]:
    """The command, until it is not needed any more; its port."""
    port = free_port()
    words = [sys.executable, "manage.py", "hl7_listen", "--source", "Bench", "--port", str(port)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    stage.running["listener"] = process
    try:
        wait_for(lambda: _answers(port))
        yield port
    finally:
        stage.stop("listener")


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
