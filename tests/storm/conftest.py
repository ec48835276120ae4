"""The processes of a run, in fine weather until the test says otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from celery.app.task import Task

from tests.storm.provider import Provider
from tests.storm.stage import WORKERS, Stage
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN


@pytest.fixture
def stage(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    """Broker, web, two workers, beat and the provider."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS = ACCOUNT_SID, [AUTH_TOKEN]
    # Whom this process would wake is not there: what it owes is found by the sweeps of the others.
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    with ExitStack() as stack:
        made = Stage(provider=stack.enter_context(Provider()), log=tmp_path / "log")
        made.provider.web = made.url
        stack.callback(made.stop)
        made.start("redis", "web", *WORKERS, "beat")
        yield made
