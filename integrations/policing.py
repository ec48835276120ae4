"""A clinic's rules for the times that feeds free."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clinic.models import Clinic
from core import audit
from integrations.models import FeedPolicy


@transaction.atomic
def rule(*, clinic: Clinic, rules: Mapping[int | None, str], by: str, now: datetime) -> dict[str, list[str]]:
    """Store the rules by kind of visit, None for all that have none of their own; "" takes one away.

    What changed: the old and the new rule by the kind's id, "all" for that of all.
    """
    rows = FeedPolicy.objects.select_for_update(of=("self",), no_key=True).filter(clinic=clinic)
    stored = {row.visit_type_id: row for row in rows.order_by("pk")}
    changes = {}
    for kind, freed in rules.items():
        row = stored.get(kind)
        before = row.freed if row else ""
        if before == freed:
            continue
        changes["all" if kind is None else str(kind)] = [before, freed]
        if freed:
            FeedPolicy.objects.update_or_create(clinic=clinic, visit_type_id=kind, defaults={"freed": freed})
        elif row is not None:
            row.delete()
    if changes:
        audit.record(actor=by, verb="clinic.feeds_ruled", obj=clinic, at=now, changes=changes)
    return changes
