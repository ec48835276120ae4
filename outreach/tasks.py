"""Wake-ups of the reminders. Each may be lost, late or doubled: the sweeps find the same rows."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core import wakeups

# Shorter than the time between two runs.
GREETING_FOR = timedelta(seconds=30)


@shared_task
@wakeups.one_at_a_time
def sweep_reminders() -> None:
    from outreach import sending, settling

    # Over before the next one begins, which would find this one running and return.
    sending.sweep(clock=timezone.now, for_at_most=timedelta(seconds=settings.SWEEP_SECONDS / 2))
    settling.sweep(now=timezone.now())


@shared_task
def settle(*, reminder_id: int) -> None:
    from outreach import settling

    settling.settle(reminder_id=reminder_id, now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_greetings() -> None:
    from outreach import greeting, greeting_settling

    greeting.dispatch(clock=timezone.now, for_at_most=GREETING_FOR)
    greeting_settling.sweep(now=timezone.now())
