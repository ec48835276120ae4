"""A worker is killed at every step of a reminder's way: none is lost, and nobody is reminded twice."""

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
from outreach.models import Reminder
from outreach.states import ReminderStatus
from tests.kill.test_kill import PATIENCE_SECONDS, ROOT, environment, twilio
from tests.kill.worker import REMINDER_STEPS
from tests.outreach.reminding import in_state
from tests.twilio_standin import StandIn

__all__ = ["twilio"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def is_quiet() -> bool:
    return not Reminder.objects.filter(status=ReminderStatus.SCHEDULED).exists()


@pytest.mark.parametrize("step", REMINDER_STEPS)
def test_a_worker_killed_leaves_each_patient_with_one_reminder(
    step: str, twilio: StandIn, tmp_path: Path
) -> None:
    flag, rows = tmp_path / "killed", [in_state("scheduled") for _ in range(3)]
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
    assert set(Reminder.objects.values_list("status", flat=True)) == {ReminderStatus.SENT}
    phones = [row.appointment.patient.phone for row in rows]
    assert Counter(text.to for text in twilio.taken) == Counter(phones)
    assert dict(invariants.violations(now=timezone.now())) == {}
