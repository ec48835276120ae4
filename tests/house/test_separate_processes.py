"""`make run`: the broker is emptied and PostgreSQL falls over in mid-round, and the slot is filled."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
import requests
from twilio.request_validator import RequestValidator

from tests.house.commands import ROOT, SECRET, environment, manage
from tests.house.test_one_process import free_port
from tests.messaging import posting
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, StandIn

pytestmark = pytest.mark.soak
PATIENCE_SECONDS = 90
SETUP = """
import json
from rest_framework.authtoken.models import Token
from staff.roles import FRONT_DESK
from tests import factories
clinic = factories.ClinicFactory(batch_size=2, grace_seconds=1)
visit_type = factories.VisitTypeFactory()
provider = factories.ProviderFactory(clinics=[clinic])
people = [factories.WaitlistEntryFactory(clinic=clinic, visit_type=visit_type) for _ in range(2)]
token = Token.objects.create(user=factories.UserFactory(roles=[FRONT_DESK]))
order = {"clinic": clinic.pk, "provider": provider.pk, "visit_type": visit_type.pk, "duration_minutes": 30}
print(json.dumps({"token": token.key, "phone": people[0].patient.phone, "order": order}))
"""


class Clinic:
    """Web, workers and beat as processes, with a Redis and a PostgreSQL of their own."""

    def __init__(self, home: Path, twilio: StandIn) -> None:
        self.redis_port, self.web_port, self.home = free_port(), free_port(), home
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.settings = {
            "EMBEDDED_POSTGRES_DIR": str(home / "postgres"),
            "ENV_FILE": "none",
            "SECRET_KEY": SECRET,
            "PORT": str(self.web_port),
            "PUBLIC_URL": self.url,
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "SWEEP_SECONDS": "1",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_PHONE_NUMBER": posting.CLINIC_NUMBER,
            "TWILIO_API_BASE_URL": twilio.url,
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment(**self.settings), stdout=log, stderr=log
            )

    def api(self, path: str, *, token: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Token {token}"}
        verb = "POST" if body else "GET"
        answer = requests.request(
            verb, f"{self.url}/api/v1/{path}", json=body or None, headers=headers, timeout=10
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def says_yes(self, phone: str) -> int:
        """Post the signed text; the status of the answer."""
        form = {"MessageSid": "SM" + "e" * 32, "AccountSid": ACCOUNT_SID, "From": phone, "Body": "YES"}
        form["To"] = posting.CLINIC_NUMBER
        url = self.url + posting.INBOUND
        headers = {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(url, form)}
        return requests.post(url, data=form, headers=headers, timeout=10).status_code

    def is_ready(self) -> bool:
        return requests.get(f"{self.url}/readyz", timeout=10).status_code == 200

    def fell_over(self) -> None:
        """PostgreSQL ends at once, as in a crash; any program of ours that asks for it starts it again."""
        main = next(
            found
            for found in psutil.process_iter(["cmdline", "ppid"])
            if "-D" in (found.info["cmdline"] or []) and str(self.home) in " ".join(found.info["cmdline"])
        )
        main.send_signal(signal.SIGQUIT)
        main.wait(PATIENCE_SECONDS)


def eventually(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if what():
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waitlist-")))
        home.chmod(0o755)
        made = Clinic(home, stack.enter_context(StandIn()))
        broker = ("redis-server", "--port", str(made.redis_port), "--bind", "127.0.0.1", "--save", "")
        serve = (sys.executable, "-m", "clinic_waitlist.embedded", "--prepare")
        for command in (broker, serve):
            process = made.start(*command)
            stack.callback(process.wait, PATIENCE_SECONDS)
            stack.callback(process.send_signal, signal.SIGTERM)
        eventually(made.is_ready)
        yield made


def test_an_emptied_broker_and_a_fallen_database_delay_and_lose_nothing(clinic: Clinic) -> None:
    made = manage("shell", "--no-imports", "-c", SETUP, **clinic.settings)
    assert made.returncode == 0, made.stderr
    given = json.loads(made.stdout.splitlines()[-1])
    token = given["token"]
    slot = clinic.api("cancellations/", token=token, starts_at=_in_two_days(), **given["order"])["id"]
    broker = redis.Redis(port=clinic.redis_port)
    # In the grace, and again with the first texts on their way.
    broker.flushall()
    eventually(lambda: clinic.api(f"cancellations/{slot}/", token=token)["offers"])
    broker.flushall()
    clinic.fell_over()
    assert clinic.says_yes(given["phone"]) == 503
    assert manage("doctor", **clinic.settings).returncode == 0
    eventually(lambda: clinic.says_yes(given["phone"]) == 200)
    broker.flushall()
    eventually(lambda: clinic.api(f"cancellations/{slot}/", token=token)["status"] == "filled")
    eventually(clinic.is_ready)
    assert manage("doctor", **clinic.settings).returncode == 0


def _in_two_days() -> str:
    return time.strftime("%Y-%m-%dT10:00:00Z", time.gmtime(time.time() + 2 * 86_400))
