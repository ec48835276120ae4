"""Wake-ups of the messaging work. Each may be lost, late or doubled: the sweeps find the same rows."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core import wakeups

# Well within the time that a task has: what is left is found by the next run.
RETENTION_AT_MOST = timedelta(seconds=30)
# An address that does not answer costs ten seconds a callback; the next run goes on.
SIMULATED_AT_MOST = timedelta(seconds=20)


@shared_task
def send(*, message_id: int) -> None:
    from messaging import delivery

    delivery.send(message_id=message_id, clock=timezone.now)


@shared_task
def send_several(*, message_ids: list[int]) -> None:
    from messaging import sweeping

    sweeping.send_several(message_ids=message_ids, clock=timezone.now)


@shared_task
def handle_events(*, ids: list[int]) -> None:
    from messaging import inbox

    inbox.handle_several(event_ids=ids, clock=timezone.now)


@shared_task
def simulate_receipts(*, text_id: int) -> None:
    from messaging.gateways import simulated_callbacks

    simulated_callbacks.post_due(text_id=text_id, clock=timezone.now)


@shared_task
def push_simulated_text(*, text_id: int) -> None:
    from messaging.gateways import simulated_push

    simulated_push.push(text_id=text_id, now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_simulated() -> None:
    from messaging.gateways import simulated_callbacks, simulated_push

    simulated_callbacks.sweep(clock=timezone.now, for_at_most=SIMULATED_AT_MOST)
    simulated_push.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def ring_out_simulated_calls() -> None:
    from messaging.gateways import simulated_calls

    simulated_calls.ring_out(now=timezone.now())


@shared_task
def push_alarm(*, alarm_id: int) -> None:
    from messaging import alarms

    alarms.push(alarm_id=alarm_id, now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_alarms() -> None:
    from messaging import alarms

    alarms.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_outbox() -> None:
    from messaging import sweeping

    # Over before the next one begins, which would find this one running and return.
    half = timedelta(seconds=settings.SWEEP_SECONDS / 2)
    sweeping.sweep_outbox(clock=timezone.now, for_at_most=half)


@shared_task
@wakeups.one_at_a_time
def sweep_inbox() -> None:
    from messaging import inbox

    inbox.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def reconcile() -> None:
    from messaging import reconciling

    reconciling.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def fetch_lost_texts() -> None:
    from messaging import fetching

    fetching.fetch_all(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_tally() -> None:
    from messaging import tallying

    tallying.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def purge_texts() -> None:
    from messaging import purging

    purging.purge_due(clock=timezone.now, for_at_most=RETENTION_AT_MOST)


@shared_task
@wakeups.one_at_a_time
def redact_texts() -> None:
    from messaging import redacting

    redacting.sweep(clock=timezone.now, for_at_most=RETENTION_AT_MOST)
