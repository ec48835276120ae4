"""What Django announces: a connection is there, or the tables are."""

from typing import Any

from celery import current_app
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django_celery_beat.models import PeriodicTasks
from django_celery_beat.schedulers import ModelEntry

from core import prepared


@receiver(connection_created, dispatch_uid="core.read_instants")
def read_instants(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    connection.connection.adapters.register_loader("timestamptz", prepared.Instant)


@receiver(post_migrate, dispatch_uid="core.write_timetable")
def write_timetable(*, app_config: Any, **kwargs: Any) -> None:
    """Write the timetable of the project into django-celery-beat's tables; rows that people added stay."""
    if app_config.name != "django_celery_beat":
        return
    for name, entry in current_app.conf.beat_schedule.items():
        ModelEntry.from_entry(name, app=current_app, **entry)
    PeriodicTasks.update_changed()
