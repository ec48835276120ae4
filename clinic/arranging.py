"""Setting up how the clinic works: its places, its people, its kinds of visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from clinic import memberships
from clinic.models import Clinic, Closure, Provider, ProviderHours, Resource, VisitType
from core import audit

Arranged = TypeVar("Arranged", Clinic, Provider, VisitType, ProviderHours, Closure, Resource)


@transaction.atomic
def arrange(*, record: Arranged, values: Mapping[str, Any], by: str, now: datetime) -> Arranged:
    """Store how the clinic works: one such record, new or changed, with checked `values`."""
    is_new = record.pk is None
    many = {field.name for field in record._meta.many_to_many}
    plain = [name for name in values if name not in many]
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
    audit.record(actor=by, verb=verb, obj=record, at=now, fields=sorted(values))
    return record


@transaction.atomic
def discard(*, record: ProviderHours | Closure | Resource, by: str, now: datetime) -> None:
    """Hours, days or things that are so no longer."""
    audit.record(actor=by, verb=f"{record._meta.model_name}.discarded", obj=record, at=now)
    record.delete()
