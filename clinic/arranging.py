"""Setting up how the clinic works: its places, its people, its kinds of visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from clinic import memberships
from clinic.models import Clinic, Closure, Provider, ProviderHours, Resource, VisitType
from clinic.signals import contact_hours_changed, reminder_list_changed
from core import audit

Arranged = TypeVar("Arranged", Clinic, Provider, VisitType, ProviderHours, Closure, Resource)

# Somebody's name stands in no line of the audit trail.
_UNTOLD = {(Provider, "name")}
_HOURS = frozenset({"timezone", "contact_hours_start", "contact_hours_end"})


@transaction.atomic
def arrange(*, record: Arranged, values: Mapping[str, Any], by: str, now: datetime) -> Arranged:
    """Store how the clinic works: one such record, new or changed, with checked `values`.

    The audit line names every field, and of a change the old value and the new one. Other contact hours of a
    clinic are announced as `contact_hours_changed`, another list of reminders as `reminder_list_changed`.
    """
    is_new = record.pk is None
    many = {field.name for field in record._meta.many_to_many}
    plain = [name for name in values if name not in many]
    changes = {} if is_new else _changes(record, values, many)
    for name in plain:
        setattr(record, name, values[name])
    if is_new:
        record.save(force_insert=True)
    elif plain:
        record.save(update_fields=plain)
    for name in many.intersection(values):
        getattr(record, name).set(values[name])
    if is_new and isinstance(record, Clinic):
        memberships.begin(clinic=record, by=by)
    verb = f"{record._meta.model_name}.{'added' if is_new else 'arranged'}"
    audit.record(actor=by, verb=verb, obj=record, at=now, fields=sorted(values), changes=changes)
    if _HOURS.intersection(changes) and isinstance(record, Clinic):
        contact_hours_changed.send(sender=Clinic, patient_id=None, clinic_id=record.pk)
    if "reminder_minutes" in changes:
        reminder_list_changed.send(sender=Clinic, clinic_id=record.pk)
    return record


@transaction.atomic
def discard(*, record: ProviderHours | Closure | Resource, by: str, now: datetime) -> None:
    """Hours, days or things that are so no longer."""
    audit.record(actor=by, verb=f"{record._meta.model_name}.discarded", obj=record, at=now)
    record.delete()


def _changes(record: Arranged, values: Mapping[str, Any], many: set[str]) -> dict[str, list[Any]]:
    """[old, new] by field, as stored: the record may hold what a form has put there already."""
    stored = type(record)._default_manager.select_for_update(no_key=True).get(pk=record.pk)
    found = {}
    for name in values:
        if (type(record), name) in _UNTOLD:
            continue
        if name in many:
            old: Any = sorted(getattr(stored, name).values_list("pk", flat=True))
            new: Any = sorted(row.pk for row in values[name])
        else:
            old, new = told(getattr(stored, name)), told(values[name])
        if old != new:
            found[name] = [old, new]
    return found


def told(value: Any) -> Any:
    """A setting's value as JSON keeps it."""
    if isinstance(value, Decimal):
        # 7 and 7.000 are the same minutes.
        return float(value)
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
