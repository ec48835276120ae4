"""The worker of the EHR is killed at every step: each record is read once, each booking written once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.app.task import Task
from django.utils import timezone

from clinic import booking
from clinic.booking import NewBooking
from clinic.models import Appointment
from integrations.models import DrchronoCursor, FeedMessage, Listing, WriteBack
from tests.factories import ClinicFactory, PatientFactory, ProviderFactory, VisitTypeFactory
from tests.house.commands import database_url
from tests.integrations import connecting
from tests.integrations.connecting import Connected
from tests.integrations.drchrono_api import DrchronoApi, appointment, patient
from tests.kill.ehr_worker import STEPS
from tests.settings import FIELD_ENCRYPTION_KEYS, SECRET

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
OF_READING = [name for name, step in STEPS.items() if step.module.endswith("syncing")]
OF_WRITING = [name for name, step in STEPS.items() if step.module.endswith("sending")]


@pytest.fixture(autouse=True)
def no_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)


@pytest.fixture
def connected(settings: Any) -> Iterator[Connected]:
    clinic = ClinicFactory.create()
    provider = ProviderFactory.create(clinics=[clinic])
    with connecting.connected("drchrono", clinic=clinic, provider=provider, settings=settings) as found:
        yield found


def until(is_over: Callable[[], bool], *, step: str, flag: Path, address: str) -> None:
    """Keep a worker running, and a new one after the one that is killed, until it is over."""
    environment = {
        **os.environ,
        "ENV_FILE": "none",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": database_url(),
        "FIELD_ENCRYPTION_KEYS": FIELD_ENCRYPTION_KEYS[0],
        "DRCHRONO_BASE_URL": address,
        "USE_MOCK_TWILIO": "true",
    }
    command = [sys.executable, "-m", "tests.kill.ehr_worker", step, str(flag)]
    deadline, deaths = time.monotonic() + PATIENCE_SECONDS, 0
    worker = subprocess.Popen(command, cwd=ROOT, env=environment)
    while not is_over() and time.monotonic() < deadline:
        if worker.poll() is not None:
            assert worker.returncode == -signal.SIGKILL
            deaths += 1
            worker = subprocess.Popen(command, cwd=ROOT, env=environment)
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    assert (flag.exists(), is_over()) == (True, True)


@pytest.mark.parametrize("step", OF_READING)
def test_every_record_is_read_once(connected: Connected, step: str, tmp_path: Path) -> None:
    with DrchronoApi() as api:
        api.pages["patients"] = [[patient(77)]]
        api.pages["appointments"] = [[appointment(1)], [appointment(2, scheduled_time="2026-03-09T11:00:00")]]

        def is_over() -> bool:
            # A page that was claimed by the dead comes after the others: its patient after the visits.
            read = DrchronoCursor.objects.filter(since__isnull=False).count() == len(Listing)
            return read and not FeedMessage.objects.exclude(status="handled").exists()

        until(is_over, step=step, flag=tmp_path / "died", address=api.url)
    assert Appointment.objects.count() == 2
    assert FeedMessage.objects.filter(kind__startswith="drchrono.appointment").count() == 2


@pytest.mark.parametrize("step", OF_WRITING)
def test_every_booking_is_written_once(connected: Connected, step: str, tmp_path: Path) -> None:
    clinic = connected.source.clinics.get()
    person = PatientFactory.create()
    connected.knows(person)
    wish = NewBooking(
        clinic_id=clinic.pk,
        provider_id=clinic.providers.get().pk,
        patient_id=person.pk,
        visit_type_id=VisitTypeFactory.create().pk,
        starts_at=timezone.now() + timedelta(days=3),
        ends_at=timezone.now() + timedelta(days=3, minutes=30),
    )
    booking.book(booking=wish, by="frontdesk", now=timezone.now())
    address = f"http://127.0.0.1:{connected.ehr.port}"
    is_done = WriteBack.objects.filter(status="done").exists
    until(is_done, step=step, flag=tmp_path / "died", address=address)
    assert (len(connected.ehr.visits), len(connected.ehr.orders)) == (1, 1)
