"""The audit trail: one call in each verb."""

from datetime import datetime
from typing import Any

from django.db import models

from core.models import AuditEvent

SYSTEM = "system"


def record(
    *,
    actor: str,
    verb: str,
    obj: models.Model,
    at: datetime,
    reason: str = "",
    ip: str | None = None,
    **data: Any,
) -> None:
    """Write down that `actor` did `verb` to the stored `obj`, in the caller's transaction.

    `actor` is a username or SYSTEM. `data` is JSON: ids, codes and counts, never a name, phone or text.
    """
    AuditEvent.objects.create(
        at=at,
        actor=actor,
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        reason=reason,
        data=data,
        ip=ip,
    )
