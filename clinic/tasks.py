"""Wake-ups of the calendar. Each may be lost, late or doubled: the sweep finds the same rows."""

from celery import shared_task
from django.utils import timezone

from core import wakeups


@shared_task
@wakeups.one_at_a_time
def sweep_missed() -> None:
    from clinic import attending

    attending.sweep_missed(now=timezone.now())
