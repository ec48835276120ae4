"""A provider's time is blocked, or no longer: it is offered to nobody, and visits in it are in conflict."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from clinic.models import Appointment, BlockedTime
from core import audit


@transaction.atomic
def block(*, time: BlockedTime, by: str, now: datetime) -> BlockedTime:
    """Block a provider's time: a new row, or one that is changed."""
    time.save()
    audit.record(actor=by, verb="time.blocked", obj=time, at=now)
    return time


@transaction.atomic
def unblock(*, time: BlockedTime, by: str, now: datetime) -> None:
    """The provider is to be had again."""
    audit.record(actor=by, verb="time.unblocked", obj=time, at=now)
    time.delete()


def visits_in(time: BlockedTime) -> QuerySet[Appointment]:
    """The active visits that the blocked time collides with."""
    then = (
        Appointment.objects.active()
        .overlapping(time.starts_at, time.ends_at)
        .filter(provider=time.provider_id)
    )
    return then if time.clinic_id is None else then.filter(clinic=time.clinic_id)
