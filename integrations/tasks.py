"""Wake-ups of the feeds. Each may be lost, late or doubled: the sweep finds the same rows."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core import wakeups

# The queue of the feeds: see the timetable.
QUEUE = "feeds"
# Well within the time that a task has: what is left is found by the next run.
AT_MOST = timedelta(seconds=30)


@shared_task
def handle(*, ids: list[int]) -> None:
    from integrations import handling

    handling.handle_several(message_ids=ids, clock=timezone.now)


@shared_task
@wakeups.one_at_a_time
def sweep_messages() -> None:
    from integrations import handling

    handling.sweep(clock=timezone.now, for_at_most=AT_MOST)


@shared_task
@wakeups.one_at_a_time
def watch_sources() -> None:
    from integrations import watching

    watching.watch(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def empty_messages() -> None:
    from integrations import emptying

    emptying.empty_due(clock=timezone.now, for_at_most=AT_MOST)


@shared_task
@wakeups.one_at_a_time
def sweep_write_backs() -> None:
    from integrations.writing_back import sweeping

    sweeping.sweep(clock=timezone.now, for_at_most=AT_MOST)


@shared_task
@wakeups.one_at_a_time
def sync_drchrono() -> None:
    from integrations.drchrono import syncing

    syncing.sync_due(clock=timezone.now, for_at_most=AT_MOST)
