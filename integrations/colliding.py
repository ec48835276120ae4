"""Two visits in one time: a fact where we had booked somebody is for a person to settle."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from clinic import blocking
from clinic.models import Appointment, BlockedTime
from clinic.states import ACTIVE
from core import audit, transitions
from integrations.models import Todo, TodoKind


def look(*, visit: Appointment, now: datetime) -> int:
    """Leave to staff whatever of ours a fact collides with; how much. Two facts are no affair of ours."""
    if visit.status not in ACTIVE:
        return 0
    then = Appointment.objects.active().overlapping(visit.starts_at, visit.ends_at).exclude(pk=visit.pk)
    ours = then.filter(Q(is_fact=False) | Q(fills_slot__isnull=False))
    met = ours.filter(Q(provider=visit.provider_id) | Q(patient=visit.patient_id)).order_by("pk")
    return _leave([_todo(TodoKind.CONFLICT, visit, now, other) for other in met])


def look_at_block(*, time: BlockedTime, now: datetime) -> int:
    """Leave to staff the visits that are booked in a time that was blocked; how many."""
    visits = blocking.visits_in(time).filter(starts_at__gt=now).order_by("pk")
    return _leave([_todo(TodoKind.BLOCKED, visit, now) for visit in visits])


def waiting() -> QuerySet[Todo]:
    """What is still to be settled: a visit that is off collides with nothing any more."""
    stands = Q(appointment__status__in=ACTIVE)
    both = Q(other=None) | Q(
        other__status__in=ACTIVE,
        other__starts_at__lt=F("appointment__ends_at"),
        other__ends_at__gt=F("appointment__starts_at"),
    )
    return Todo.objects.filter(stands & both, done_at=None)


@transaction.atomic
def settle(*, todo_id: int, by: str, now: datetime) -> Todo:
    """Somebody has seen to it. Raises StaleState where somebody has already."""
    todo = Todo.objects.select_for_update(of=("self",), no_key=True).get(pk=todo_id)
    if todo.done_at is not None:
        raise transitions.StaleState(f"{todo} is done already")
    todo.done_at, todo.done_by = now, by
    todo.save(update_fields=["done_at", "done_by"])
    audit.record(actor=by, verb="feed.settled", obj=todo, at=now, kind=todo.kind)
    return todo


def _todo(kind: TodoKind, visit: Appointment, now: datetime, other: Appointment | None = None) -> Todo:
    return Todo(kind=kind, clinic_id=visit.clinic_id, appointment=visit, other=other, created_at=now)


def _leave(todos: list[Todo]) -> int:
    return len(Todo.objects.bulk_create(todos, ignore_conflicts=True))
