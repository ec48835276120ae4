"""Redis, web, two workers and beat as processes of their own, on the database of the test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.house.commands import ROOT, SECRET, database_url, environment
from tests.house.test_one_process import free_port
from tests.messaging import posting
from tests.storm.provider import Provider
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN

PROGRAMS = Path(sys.executable).parent
WORKERS = ("worker-1", "worker-2")
START_SECONDS = 180


@dataclass
class Stage:
    """What runs, by name; everything that is said goes to one log."""

    provider: Provider
    log: Path
    web_port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def settings(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.storm.settings",
            "ENV_FILE": "none",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": database_url(),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "PUBLIC_URL": self.url,
            "SWEEP_SECONDS": "1",
            "USE_MOCK_TWILIO": "false",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_PHONE_NUMBER": posting.CLINIC_NUMBER,
            "TWILIO_API_BASE_URL": self.provider.url,
        }

    def start(self, *names: str) -> None:
        """Start these; whoever needs a web server waits until it answers."""
        for name in names:
            with self.log.open("ab") as log:
                command, env = self._command(name), environment(**self.settings())
                self.running[name] = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        if "web" in names:
            wait_for(lambda: requests.get(f"{self.url}/healthz", timeout=5).ok)

    def kill(self, name: str) -> None:
        """SIGKILL, in whatever it is doing."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def _command(self, name: str) -> list[str]:
        if name == "redis":
            port = str(self.redis_port)
            return ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
        lines = (ROOT / "Procfile").read_text().splitlines()
        line = next(line for line in lines if line.startswith(f"{name.partition('-')[0]}:"))
        words = line.split("exec ", 1)[1].replace('"$HOST:$WEB_PORT"', f"127.0.0.1:{self.web_port}")
        program, *rest = words.replace("--workers 2", "--workers 1").replace('"', "").split()
        return [str(PROGRAMS / program), *(word.replace("$$", f"{name}-{free_port()}") for word in rest)]


def wait_for(what: Callable[[], object], *, seconds: float = START_SECONDS) -> None:
    """Until `what()` is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if what():
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise TimeoutError
