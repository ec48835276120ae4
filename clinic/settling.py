"""A clinic's settings, changed by whoever has seen how they stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import arranging
from clinic.models import Clinic
from core.models import AuditEvent
from core.transitions import StaleState

SETTINGS = (
    "name",
    "sms_name",
    "phone",
    "timezone",
    "batch_size",
    "hold_minutes",
    "grace_seconds",
    "lead_minutes",
    "contact_hours_start",
    "contact_hours_end",
    "offers_per_day",
    "offers_per_week",
    "cool_down_minutes",
    "reminder_minutes",
    "weight_urgent",
    "weight_proximity",
    "weight_no_appointment",
    "weight_seniority",
    "proximity_step_days",
    "seniority_step_days",
    "favour_furthest",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The last change of a clinic's settings: by whom, when (UTC), and old and new value by field."""

    by: str
    at: datetime
    changes: Mapping[str, list[Any]]


class Overtaken(StaleState):
    """Somebody has changed the settings since they were shown; `last` says who and what."""

    def __init__(self, last: Change | None) -> None:
        self.last = last
        told = {"who": last.by if last else _("Somebody")}
        super().__init__(_("%(who)s has changed these settings in the meantime.") % told)


def version(clinic: Clinic) -> str:
    """Names the settings as they stand: whoever changes them says which ones were shown."""
    values = [arranging.told(getattr(clinic, name)) for name in SETTINGS]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


@transaction.atomic
def settle(*, clinic_id: int, values: Mapping[str, Any], seen: str, by: str, now: datetime) -> list[str]:
    """Store the checked `values`, if the settings are still those of the version `seen`; the names changed.

    Raises Overtaken and then stores nothing, KeyError for what is no setting, and Clinic.DoesNotExist.
    """
    for name in set(values) - set(SETTINGS):
        raise KeyError(name)
    # Of two at once the second sees what the first one stored.
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
    if version(clinic) != seen:
        raise Overtaken(last_change(clinic))
    changed = {
        name: value
        for name, value in values.items()
        if arranging.told(value) != arranging.told(getattr(clinic, name))
    }
    if changed:
        arranging.arrange(record=clinic, values=changed, by=by, now=now)
    return sorted(changed)


def last_change(clinic: Clinic) -> Change | None:
    """Who changed the clinic last; None where nobody has since it was added."""
    lines = AuditEvent.objects.filter(object_type=clinic._meta.label_lower, object_id=str(clinic.pk))
    line = lines.filter(verb="clinic.arranged").order_by("-pk").first()
    return Change(by=line.actor, at=line.at, changes=line.data.get("changes", {})) if line else None
