"""A worker is killed between a message and what follows from it: nothing is lost or happens twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Appointment, Patient
from core.models import AuditEvent
from integrations import handling
from integrations.facts import Standing
from integrations.models import FeedMessage, VisitLink
from offers.models import Cancellation
from ops import invariants
from tests.integrations.feed import Feed
from tests.kill.test_kill import ROOT, environment, twilio
from tests.settings import FIELD_ENCRYPTION_KEYS
from tests.twilio_standin import StandIn

__all__ = ["twilio"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORK = """
import importlib, os, signal, sys
import django
django.setup()
from django.utils import timezone
from integrations import handling
from tests.integrations import feed
feed.register()
place, name, when = sys.argv[1:4]
module = importlib.import_module(place)
done = getattr(module, name)
def die(*args, **kwargs):
    if when == "after":
        done(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, die)
handling.sweep(clock=timezone.now)
"""
STEPS = [
    ("integrations.handling", "handle", "before"),
    ("integrations.applying_people", "know", "after"),
    ("integrations.applying_visits", "_book", "after"),
    ("integrations.applying_visits", "_follow", "after"),
    ("integrations.applying", "apply", "after"),
    ("integrations.parking", "finish", "before"),
    ("integrations.parking", "finish", "after"),
]


def killed(step: tuple[str, str, str], twilio: StandIn) -> None:
    keys = {"FIELD_ENCRYPTION_KEYS": ",".join(FIELD_ENCRYPTION_KEYS)}
    env = {**environment(twilio), **keys, "DJANGO_SETTINGS_MODULE": "clinic_waitlist.settings"}
    command = [sys.executable, "-c", WORK, *step]
    worker = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()[-500:]


@pytest.mark.parametrize("step", STEPS, ids=[" ".join(step) for step in STEPS])
def test_a_booking_is_made_once_wherever_its_worker_dies(step: tuple[str, str, str], twilio: StandIn) -> None:
    feed = Feed()
    message = feed.sends(feed.visit())
    killed(step, twilio)
    handling.sweep(clock=timezone.now)
    message.refresh_from_db()
    assert message.status == "handled"
    assert (Appointment.objects.count(), Patient.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(verb="appointment.booked").count() == 1
    assert dict(invariants.violations(now=timezone.now())) == {}


CANCELLING = [
    ("clinic.following", "cancel", "before"),
    ("clinic.following", "cancel", "after"),
    ("integrations.applying_visits", "apply", "after"),
]


@pytest.mark.parametrize("step", CANCELLING, ids=[" ".join(step) for step in CANCELLING])
def test_a_cancellation_frees_its_time_once_wherever_its_worker_dies(
    step: tuple[str, str, str], twilio: StandIn
) -> None:
    from offers import sweeping

    feed = Feed()
    feed.says(feed.visit())
    feed.sends(feed.visit(Standing.CANCELLED, said_at=timezone.now() + timedelta(seconds=1)))
    killed(step, twilio)
    for _ in range(2):
        handling.sweep(clock=timezone.now)
        sweeping.sweep_slots(now=timezone.now())
    assert Appointment.objects.get().status == "cancelled"
    assert Cancellation.objects.count() == 1
    assert VisitLink.objects.get().known["standing"][0] == "cancelled"
    assert not FeedMessage.objects.filter(status="received").exists()
