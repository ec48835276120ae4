"""The sign of life: sent by beat, run by a worker, so that it proves both."""

from celery import shared_task
from django.utils import timezone

from ops import health


@shared_task
def beat_heartbeat() -> None:
    health.beat(now=timezone.now())
