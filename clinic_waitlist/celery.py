"""The task queue and its whole timetable. A task is a wake-up that may be lost or doubled."""

import os
import threading
from typing import Any

from celery import Celery, platforms
from celery.beat import Service
from celery.signals import beat_init, celeryd_init, task_prerun
from django.db import close_old_connections

from core import wakeups

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_waitlist.settings")

# What a worker has just decided it sends by threads of its own, each of which waits for the provider.
SENDING_THREADS = 12
QUEUES = ("offers", "feeds", "default", "bulk")


def timetable(*, sweep_seconds: int) -> dict[str, dict[str, Any]]:
    """Everything that happens by itself: `seconds` between runs, and the queue whose workers do it."""
    return {
        "sweep slots": _every(sweep_seconds, "offers.tasks.sweep_slots", queue="offers"),
        "sweep outgoing messages": _every(sweep_seconds, "messaging.tasks.sweep_outbox", queue="offers"),
        "sweep incoming messages": _every(sweep_seconds, "messaging.tasks.sweep_inbox", queue="offers"),
        "sweep answers": _every(sweep_seconds, "offers.tasks.sweep_answers", queue="offers"),
        # Not with the offers: an evening's burst of reminders must not hold one back.
        "sweep reminders": _every(sweep_seconds, "outreach.tasks.sweep_reminders", queue="bulk"),
        "greet on birthdays": _every(60, "outreach.tasks.sweep_greetings", queue="bulk"),
        "record who did not come": _every(60, "clinic.tasks.sweep_missed", queue="bulk"),
        "ask the provider about unclear messages": _every(5, "messaging.tasks.reconcile", queue="default"),
        "end simulated calls that nobody takes": _every(
            5, "messaging.tasks.ring_out_simulated_calls", queue="default"
        ),
        # Not with the offers: each costs a request to the provider.
        "call off phones that ring for nothing": _every(
            sweep_seconds, "offers.tasks.call_off", queue="default"
        ),
        "push alarms": _every(30, "messaging.tasks.sweep_alarms", queue="default"),
        "ask the provider for texts that no webhook brought": _every(
            60, "messaging.tasks.fetch_lost_texts", queue="default"
        ),
        "compare the last day's texts with the provider": _every(
            300, "messaging.tasks.sweep_tally", queue="bulk"
        ),
        # Once a day would do; but a machine that is off at night would never come to it.
        "empty texts older than the retention age": _every(3600, "messaging.tasks.purge_texts", queue="bulk"),
        "empty them at the provider": _every(60, "messaging.tasks.redact_texts", queue="bulk"),
        "bring what the simulated phones owe": _every(
            sweep_seconds, "messaging.tasks.sweep_simulated", queue="default"
        ),
        "heartbeat": _every(sweep_seconds, "ops.tasks.beat_heartbeat", queue="default"),
        **_of_other_systems(sweep_seconds),
    }


def _of_other_systems(sweep_seconds: int) -> dict[str, dict[str, Any]]:
    return {
        "clear access tokens that have run out": _every(3600, "api.tasks.clear_tokens", queue="bulk"),
        # A queue of its own: thousands of visits that come at once hold up no offer, and an evening's
        # reminders no word that a visit is booked again.
        "handle what schedule feeds sent": _every(
            sweep_seconds, "integrations.tasks.sweep_messages", queue="feeds"
        ),
        "tell EHRs of our bookings": _every(
            sweep_seconds, "integrations.tasks.sweep_write_backs", queue="feeds"
        ),
        "read drchrono": _every(30, "integrations.tasks.sync_drchrono", queue="bulk"),
        "notice that a schedule feed is silent": _every(60, "integrations.tasks.watch_sources", queue="bulk"),
        "empty what they sent long ago": _every(3600, "integrations.tasks.empty_messages", queue="bulk"),
    }


def _every(seconds: int, task: str, *, queue: str) -> dict[str, Any]:
    # A wake-up older than its successor is of no use: one run does the work of all missed ones.
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expire_seconds": max(10, 3 * seconds)},
    }


def end_between_looks(*, sender: Service, **kwargs: Any) -> None:
    # Beat's own handler writes to the database from within whatever the signal interrupts: in the middle of a
    # query it would wait for ever for the connection that it holds itself.
    if threading.current_thread() is threading.main_thread():
        platforms.signals.update(SIGTERM=lambda *_: sender.stop(), SIGINT=lambda *_: sender.stop())


def send_by_hand(**kwargs: Any) -> None:
    wakeups.lend_hands(threads=SENDING_THREADS)


def keep_connection_usable(**kwargs: Any) -> None:
    # A worker thread keeps its connection, as a new one costs more than a task, until it breaks.
    close_old_connections()


app = Celery("clinic_waitlist")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_prerun.connect(keep_connection_usable)
celeryd_init.connect(send_by_hand)
beat_init.connect(end_between_looks)
