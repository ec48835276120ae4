"""What staff must know at once: a row that their pages show, and a push to NTFY_URL where one is set."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from core import wakeups
from messaging import tasks
from messaging.models import Alarm, AlarmKind

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 10
PUSH_AGAIN = timedelta(minutes=1)


def sound(*, kind: AlarmKind, subject: str, code: str, now: datetime) -> None:
    """Raise an alarm, and push it after the commit; one that is open already stays as it is."""
    due = now if settings.NTFY_URL else None
    alarm = Alarm(kind=kind, subject=subject, code=code, raised_at=now, push_at=due)
    Alarm.objects.bulk_create([alarm], ignore_conflicts=True)
    for pk in Alarm.objects.filter(kind=kind, subject=subject, push_at=now).values_list("pk", flat=True):
        wakeups.wake(tasks.push_alarm, alarm_id=pk)


def clear(*, kind: AlarmKind, subject: str, by: str, now: datetime) -> None:
    """What the alarm was about is over."""
    alarms = Alarm.objects.filter(kind=kind, subject=subject, cleared_at=None)
    alarms.update(cleared_at=now, cleared_by=by, push_at=None)


def sounding() -> QuerySet[Alarm]:
    """The open alarms, the oldest first."""
    return Alarm.objects.filter(cleared_at=None).order_by("raised_at", "pk")


def push(*, alarm_id: int, now: datetime) -> bool:
    """Tell NTFY_URL of an alarm that is due; False where that fails, and it is tried again."""
    due = Alarm.objects.filter(pk=alarm_id, push_at__lte=now)
    # Moved on before the call: whoever dies in it leaves an alarm that is due again.
    if not due.update(push_at=now + PUSH_AGAIN):
        return False
    alarm = Alarm.objects.get(pk=alarm_id)
    # Whoever has subscribed reads one language, whosever request it is in.
    with translation.override(settings.LANGUAGE_CODE):
        words = f"{alarm.get_kind_display()} ({alarm.code or 'no code'})."
    try:
        answer = requests.post(settings.NTFY_URL, data=words.encode(), timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        logger.warning("alarm not pushed", extra={"alarm_id": alarm_id, "error": type(error).__name__})
        return False
    Alarm.objects.filter(pk=alarm_id).update(push_at=None)
    return True


def sweep(*, now: datetime) -> int:
    """Push every alarm that is due; how many were pushed."""
    ids = list(Alarm.objects.filter(push_at__lte=now).order_by("push_at", "pk").values_list("pk", flat=True))
    return sum(push(alarm_id=pk, now=now) for pk in ids)
