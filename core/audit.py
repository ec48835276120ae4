"""The audit trail: one call in each verb."""

import json
from datetime import datetime
from typing import Any

from django.db import models

from core import prepared

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
    line: list[Any] = [at, actor, verb, obj._meta.label_lower, str(obj.pk), reason, json.dumps(data), ip]
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT, [*line, getattr(obj, "clinic_id", None)])


# By hand: an answer writes two lines, and the ORM needs longer to word one than the database to keep it.
_INSERT = """
    INSERT INTO core_auditevent (at, actor, verb, object_type, object_id, reason, data, ip, place)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
"""
