"""Writes the timetable of the project into django-celery-beat's tables whenever they have been migrated."""

from typing import Any

from celery import current_app
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django_celery_beat.models import PeriodicTasks
from django_celery_beat.schedulers import ModelEntry


@receiver(post_migrate, dispatch_uid="core.write_timetable")
def write_timetable(*, app_config: Any, **kwargs: Any) -> None:
    """Add or correct the rows of the timetable; rows that people added stay."""
    if app_config.name != "django_celery_beat":
        return
    for name, entry in current_app.conf.beat_schedule.items():
        ModelEntry.from_entry(name, app=current_app, **entry)
    PeriodicTasks.update_changed()
