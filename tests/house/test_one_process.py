"""The one-process server, started as `make demo` starts it: up, at work, and gone without a trace."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import requests

from tests.house.commands import ROOT, environment

pytestmark = pytest.mark.slow
START_SECONDS, STOP_SECONDS = 180, 30


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Demo:
    def __init__(self, home: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.log = home / f"log-{port}"
        env = environment(DEMO="true", PORT=str(port), EMBEDDED_POSTGRES_DIR=str(home / "postgres"))
        command = [sys.executable, "-m", "clinic_waitlist.embedded", "--demo"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.address + path, timeout=20)

    def wait(self) -> "Demo":
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/healthz")
            except (requests.ConnectionError, requests.Timeout):  # its port is taken before it is prepared
                time.sleep(0.1)
            else:
                return self
        raise AssertionError(self.log.read_text())

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


Start = Callable[[], Demo]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts one on a port of its own; what a failed test leaves behind is killed."""
    started: list[Demo] = []

    def begin() -> Demo:
        started.append(Demo(home, free_port()))
        return started[-1]

    yield begin
    for demo in started:
        demo.process.kill()
        demo.process.wait()


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="waitlist-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def processes_of(home: Path) -> list[psutil.Process]:
    return [found for found in psutil.process_iter(["cmdline"]) if str(home) in str(found.info["cmdline"])]


def test_the_demo_serves_works_and_leaves_nothing_behind(home: Path, start: Start) -> None:
    demo = start().wait()
    assert demo.get("/healthz").json() == {"status": "ok"}
    assert demo.get("/").url.endswith("/login/?next=/")
    wait_until_ready(demo)
    assert demo.stop() == 0
    assert processes_of(home) == []
    assert "Traceback" not in demo.log.read_text()


def wait_until_ready(demo: Demo) -> None:
    deadline = time.monotonic() + 60
    while demo.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, demo.get("/readyz").text
        time.sleep(0.5)


def test_two_demos_at_once_share_a_server_that_outlives_the_first(home: Path, start: Start) -> None:
    first, second = start(), start()
    first.wait()
    second.wait()
    assert first.stop(signal.SIGTERM) == 0
    assert second.get("/readyz").json()["database"] == "ok"
    assert second.stop() == 0
    assert processes_of(home) == []


def test_a_killed_demo_starts_again(home: Path, start: Start) -> None:
    killed = start().wait()
    killed.stop(signal.SIGKILL)
    again = start().wait()
    assert again.get("/readyz").json()["database"] == "ok"
    assert again.stop() == 0
    assert processes_of(home) == []


def test_a_port_in_use_is_said_in_one_line(home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        demo = Demo(home, port)
        assert demo.process.wait(START_SECONDS) == 1
    assert demo.log.read_text().startswith("Setting PORT: ")
    assert len(demo.log.read_text().splitlines()) == 1
