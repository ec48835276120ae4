"""A worker is killed while it books, or records a no-show: no number is lost, and nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.utils import timezone

from clinic import attending
from clinic.models import Appointment, ClinicFile, Notice
from core.models import AuditEvent
from ops import invariants
from tests.factories import AppointmentFactory, in_hours
from tests.kill.test_kill import ROOT, environment, twilio
from tests.outreach.reminding import booked
from tests.twilio_standin import StandIn

__all__ = ["twilio"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORK = """
import os, signal, sys
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from clinic import attending, booking, filing
from clinic.models import Appointment
from core import audit
module, name = {"filing": (filing, "keep"), "missed": (audit, "record")}[sys.argv[1]]
done = getattr(module, name)
def die(*args, **kwargs):
    done(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, die)
if sys.argv[1] == "missed":
    attending.sweep_missed(now=timezone.now())
old = Appointment.objects.get(pk=sys.argv[2])
new = booking.as_moved(old, starts_at=timezone.now() + timedelta(days=9))
booking.book(booking=new, by="desk", now=timezone.now())
"""


def killed(step: str, visit: Appointment, twilio: StandIn) -> None:
    command = [sys.executable, "-c", WORK, step, str(visit.pk)]
    env = {**environment(twilio), "DJANGO_SETTINGS_MODULE": "clinic_waitlist.settings"}
    worker = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()[-500:]


def test_a_booking_killed_before_its_commit_takes_no_number(twilio: StandIn) -> None:
    visit = AppointmentFactory()
    killed("filing", visit, twilio)
    assert not ClinicFile.objects.exists()
    assert not Notice.objects.exists()
    booked(clinic=visit.clinic)
    assert ClinicFile.objects.get().seq == 1
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_a_no_show_killed_before_its_commit_is_recorded_by_the_next_run(twilio: StandIn) -> None:
    visits = [AppointmentFactory(starts_at=in_hours(-60)) for _ in range(2)]
    killed("missed", visits[0], twilio)
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}
    assert attending.sweep_missed(now=timezone.now()) == 2
    assert AuditEvent.objects.filter(verb="appointment.no_show").count() == 2
