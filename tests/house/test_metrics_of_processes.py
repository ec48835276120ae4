"""`/metrics` where several processes serve: whichever answers, it tells of all, and leaves nothing behind."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from django.db import connection
from rest_framework.authtoken.models import Token

from staff import roles
from tests import factories
from tests.house.commands import ROOT, SECRET, environment
from tests.house.test_one_process import free_port

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 60
PAGES = 40


def _database_url() -> str:
    given = connection.settings_dict
    password = f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else ""
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{given['USER']}{password}@{quote(given['HOST'], safe='')}{port}/{given['NAME']}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The web line of the Procfile at work; afterwards it has cleaned up behind itself."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    lines = (ROOT / "Procfile").read_text().splitlines()
    web = next(line for line in lines if line.startswith("web:")).split("exec ", 1)[1]
    program, *rest = shlex.split(web.replace("$HOST:$WEB_PORT", f"127.0.0.1:{port}"))
    settings = {"ENV_FILE": "none", "SECRET_KEY": SECRET, "PUBLIC_URL": url, "DATABASE_URL": _database_url()}
    env = environment(**settings, TMPDIR=str(tmp_path))
    server = subprocess.Popen([str(Path(sys.executable).parent / program), *rest], cwd=ROOT, env=env)
    try:
        _wait_for(url)
        assert len(list(tmp_path.glob("clinic_waitlist-metrics-*"))) == 1
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE_SECONDS)
    assert list(tmp_path.glob("clinic_waitlist-metrics-*")) == []


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/readyz", timeout=5)
            return
        except requests.RequestException:
            time.sleep(0.2)
    raise TimeoutError


def test_whichever_process_is_asked_it_tells_of_all(served: str) -> None:
    token = Token.objects.create(user=factories.UserFactory.create(roles=[roles.ADMIN])).key
    for _ in range(PAGES):
        assert requests.get(f"{served}/healthz", timeout=10).ok
    name = 'django_http_responses_total_by_status_view_method_total{method="GET",status="200",view="healthz"}'
    told = set()
    for _ in range(8):
        headers = {"Authorization": f"Token {token}"}
        answer = requests.get(f"{served}/metrics", headers=headers, timeout=10)
        lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
        told.add(float(lines[name]))
    assert told == {PAGES}
