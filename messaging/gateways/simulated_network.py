"""The network of each simulated phone: what becomes of the next texts to it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from messaging import fates
from messaging.fates import Conditions, Fate
from messaging.models import SimulatedNetwork

# The row for every phone that has none of its own.
EVERY_PHONE = ""


def of(number: str) -> Conditions:
    """What holds for the next text to this phone: its own network, else that of all."""
    rows = SimulatedNetwork.objects.filter(number__in=(EVERY_PHONE, number)).order_by("-number")
    return _read(rows.first())


def own(number: str) -> Conditions | None:
    """The phone's own network; None: it has that of all."""
    row = SimulatedNetwork.objects.filter(number=number).first()
    return None if row is None else _read(row)


@transaction.atomic
def set_for(*, number: str, conditions: Conditions, now: datetime) -> None:
    """From the next text on, one phone has this network. Raises fates.BadConditions."""
    fates.check(conditions)
    said = {
        "delay_seconds": conditions.delay_seconds,
        "fate": conditions.fate.value,
        "error_code": conditions.error_code,
        "late_seconds": conditions.late_seconds,
        "changed_at": now,
    }
    SimulatedNetwork.objects.update_or_create(number=number, defaults=said)


@transaction.atomic
def set_for_all(*, conditions: Conditions, now: datetime) -> None:
    """From the next text on, every phone has this network; none keeps its own. Raises fates.BadConditions."""
    set_for(number=EVERY_PHONE, conditions=conditions, now=now)
    SimulatedNetwork.objects.exclude(number=EVERY_PHONE).delete()


def forget(*, number: str) -> bool:
    """The phone has the network of all again; False where it had."""
    return bool(SimulatedNetwork.objects.filter(number=number).delete()[0])


def _read(row: SimulatedNetwork | None) -> Conditions:
    if row is None:
        return Conditions()
    return Conditions(
        delay_seconds=row.delay_seconds,
        fate=Fate(row.fate),
        error_code=row.error_code,
        late_seconds=row.late_seconds,
    )
