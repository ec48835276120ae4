"""The audit trail: one call in each verb."""

import json
from datetime import datetime
from typing import Any

from django.db import connection, models

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
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*line, getattr(obj, "clinic_id", None)])


def last_actor(*, obj: models.Model, verb: str) -> str:
    """Who did `verb` to this record last; "somebody" where nothing is written down."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [obj._meta.label_lower, str(obj.pk), verb])
        row = cursor.fetchone()
    return str(row[0]) if row else "somebody"


_LAST = """
    SELECT actor FROM core_auditevent WHERE object_type = %s AND object_id = %s AND verb = %s
    ORDER BY id DESC LIMIT 1
"""
# By hand: an answer writes two lines, and the ORM needs longer to word one than the database to keep it.
_INSERT = """
    INSERT INTO core_auditevent (at, actor, verb, object_type, object_id, reason, data, ip, place)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
"""
