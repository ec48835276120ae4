"""A worker is killed at every step of a greeting's way: nobody is forgotten, and nobody is greeted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from ops import invariants
from outreach.greeting_models import Greeting
from outreach.greeting_states import GreetingStatus
from tests.kill.test_kill import PATIENCE_SECONDS, ROOT, environment, twilio
from tests.kill.worker import GREETING_STEPS
from tests.outreach.greeting_people import with_birthday_at_noon
from tests.twilio_standin import StandIn

__all__ = ["twilio"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def is_quiet() -> bool:
    sent = Greeting.objects.filter(status=GreetingStatus.SENT).count()
    return sent == 3


@pytest.mark.parametrize("step", GREETING_STEPS)
def test_a_worker_killed_leaves_each_patient_with_one_greeting(
    step: str, twilio: StandIn, tmp_path: Path
) -> None:
    flag, patients = tmp_path / "killed", with_birthday_at_noon(3)
    command = [sys.executable, "-m", "tests.kill.worker", step, str(flag)]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment(twilio), start_new_session=True)
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        while not is_quiet() and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert flag.exists(), "the worker never came to this step"
    assert list(Greeting.objects.values_list("status", flat=True)) == [GreetingStatus.SENT] * 3
    assert Counter(text.to for text in twilio.taken) == Counter(patient.phone for patient in patients)
    assert dict(invariants.violations(now=timezone.now())) == {}
