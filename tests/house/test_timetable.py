"""The timetable in code is the one in the database, and every task on it exists."""

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from clinic_waitlist.celery import QUEUES, timetable


def test_every_task_of_the_timetable_exists() -> None:
    current_app.loader.import_default_modules()
    wanted = {entry["task"] for entry in timetable(sweep_seconds=2).values()}
    assert wanted - set(current_app.tasks) == set()


def test_every_entry_goes_to_a_queue_that_workers_listen_to() -> None:
    assert {entry["options"]["queue"] for entry in timetable(sweep_seconds=2).values()} <= set(QUEUES)


@pytest.mark.django_db
def test_migrating_writes_the_timetable() -> None:
    PeriodicTask.objects.all().delete()
    call_command("migrate", verbosity=0)
    rows = PeriodicTask.objects.values_list("name", "task", "queue", "interval__every", "interval__period")
    wanted = {
        (name, entry["task"], entry["options"]["queue"], entry["schedule"], "seconds")
        for name, entry in timetable(sweep_seconds=int(settings.SWEEP_SECONDS)).items()
    }
    assert set(rows) == wanted


@pytest.mark.django_db
def test_migrating_keeps_what_somebody_added() -> None:
    row = PeriodicTask.objects.select_related("interval").first()
    assert row is not None
    PeriodicTask.objects.create(name="by hand", task="ops.tasks.beat_heartbeat", interval=row.interval)
    call_command("migrate", verbosity=0)
    assert PeriodicTask.objects.filter(name="by hand").exists()
