"""The real processes that are measured: PostgreSQL, Redis, web, worker, beat, and a slow provider."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests

from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
START_SECONDS = 180
STOP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Stage:
    """Where everything listens. `start` and `stop` are for the processes of the project itself."""

    web_port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)
    provider_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    brokers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def environment(self) -> dict[str, str]:
        """What the project's settings read. Without a Redis on this machine there is nothing to measure."""
        return {
            "DEBUG": "false",
            "SECRET_KEY": "a-key-for-one-bench-0123456789-0123456789-0123456789",
            "PUBLIC_URL": self.url,
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "FIELD_ENCRYPTION_KEYS": "a-key-for-one-bench-0123456789-0123456789-0=",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_PHONE_NUMBER": "+15005550006",
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{self.provider_port}",
            "USE_MOCK_TWILIO": "false",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "LOG_LEVEL": "ERROR",
        }

    def start(self, *names: str) -> None:
        """Start these of web, worker and beat as the Procfile says, and wait until they can work."""
        for name in names:
            self.running[name] = self._process(*_command(name, self))
        if "web" in names:
            wait_for(lambda: requests.get(f"{self.url}/healthz", timeout=1).ok, seconds=START_SECONDS)

    def stop(self, *names: str) -> None:
        """End these; what does not end by itself is killed, or it would keep the database in use."""
        for name in names:
            process = self.running.pop(name)
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{name} did not end and is killed\n")
                process.kill()
                process.wait()

    def provider_takes(self, seconds: float) -> None:
        """From now on the provider answers after this long."""
        order = {"faults": [], "always": f"slow:{seconds}" if seconds else ""}
        self._provider("faults", order)

    def forget_texts(self) -> None:
        self._provider("reset", {})

    def _provider(self, verb: str, order: Mapping[str, object]) -> None:
        requests.post(f"http://127.0.0.1:{self.provider_port}/control/{verb}", json=order, timeout=5)

    def _process(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL)


def _command(name: str, stage: Stage) -> list[str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{name.rstrip('2')}:"))
    words = line.split("exec ", 1)[1].replace('"$HOST:$WEB_PORT"', f"127.0.0.1:{stage.web_port}")
    words = words.replace("$$", f"{name}-{stage.web_port}").replace('"', "")
    program, *rest = words.split()
    return [str(PROGRAMS / program), *rest]


def wait_for(what: Callable[[], object], *, seconds: float = 30, every: float = 0.02) -> None:
    """Until `what()` is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if what():
                return
        except requests.RequestException:
            pass
        time.sleep(every)
    raise TimeoutError


@contextmanager
def prepared() -> Iterator[Stage]:
    """Redis, the provider and an empty database of its own; the project's processes are not started yet."""
    if shutil.which("redis-server") is None:
        sys.exit("The bench needs redis-server: it measures separate processes, as `make run` starts them.")
    stage = Stage()
    os.environ.update(stage.environment())
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    redis = ["redis-server", "--port", str(stage.redis_port), "--bind", "127.0.0.1", "--save", ""]
    provider = [sys.executable, "-m", "tests.twilio_standin", str(stage.provider_port)]
    with ExitStack() as stack:
        for words in (redis, provider):
            process = stack.enter_context(subprocess.Popen(words, cwd=ROOT, **quiet))  # type: ignore[call-overload]
            stack.callback(process.terminate)
            if words is redis:
                stage.brokers.append(process)
        stack.enter_context(_database())
        stack.callback(lambda: stage.stop(*reversed(stage.running)))
        yield stage


@contextmanager
def _database() -> Iterator[None]:
    import django

    django.setup()
    from django.db import connection

    created = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    given = connection.settings_dict
    host, port = quote(given["HOST"], safe=""), f":{given['PORT']}" if given["PORT"] else ""
    password = f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
    os.environ["DATABASE_URL"] = f"postgres://{given['USER']}{password}@{host}{port}/{created}"
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.creation.destroy_test_db(created, verbosity=0)
