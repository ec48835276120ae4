"""The circuit breaker of a sender. The provider's refusal opens it; a person closes it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import audit, transitions
from messaging import alarms, senders
from messaging.models import AlarmKind, Kind, Message, Sender, SenderStatus
from messaging.states import MessageStatus

# What a patient waits for, and cannot be left without until texts work again.
WORTH_A_CALL = (Kind.OFFER, Kind.CONFIRMATION, Kind.REMINDER, Kind.TAKEN, Kind.EXPIRED)


@transaction.atomic
def stop(*, name: str, code: str, now: datetime) -> None:
    """Let nothing more leave by this sender, and raise the alarm. A repeat changes nothing."""
    Sender.objects.bulk_create([Sender(name=name, free_at=now)], ignore_conflicts=True)
    running = Sender.objects.filter(name=name, status=SenderStatus.RUNNING)
    if not running.update(status=SenderStatus.STOPPED, code=code, stopped_at=now):
        return
    alarms.sound(kind=AlarmKind.SENDER_STOPPED, subject=name, code=code, now=now)
    stopped = Sender.objects.get(name=name)
    audit.record(actor=audit.SYSTEM, verb="sender.stopped", obj=stopped, at=now, code=code)


@transaction.atomic
def restart(*, sender_id: int, by: str, now: datetime) -> None:
    """The cause is cured: what waited leaves with the next sweep. Raises StaleState where it runs already."""
    stopped = Sender.objects.filter(pk=sender_id, status=SenderStatus.STOPPED)
    if not stopped.update(status=SenderStatus.RUNNING, code="", stopped_at=None):
        raise transitions.StaleState(_("This sender is running already."))
    sender = Sender.objects.get(pk=sender_id)
    alarms.clear(kind=AlarmKind.SENDER_STOPPED, subject=sender.name, by=by, now=now)
    audit.record(actor=by, verb="sender.restarted", obj=sender, at=now)


def call_list() -> QuerySet[Message]:
    """The texts that wait behind a stopped sender and that a patient should hear of by phone instead.

    The most urgent first. A text leaves the list when it leaves the queue: sent, or no longer of use.
    """
    rows = Sender.objects.filter(status=SenderStatus.STOPPED)
    stopped = set(rows.values_list("name", flat=True))
    held = Q(pk__in=[])
    for route in senders.routes():
        if route.name in stopped:
            held |= route.carries
    waiting = Message.objects.filter(held, status=MessageStatus.QUEUED, kind__in=WORTH_A_CALL)
    return waiting.order_by("priority", "created_at", "pk")
