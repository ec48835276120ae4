"""The audit trail: one call in each verb."""

import json
from collections.abc import Collection, Mapping, Sequence
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


def record_each(
    *,
    actor: str,
    verb: str,
    objs: Sequence[models.Model],
    at: datetime,
    reason: str = "",
    places: Mapping[int, Collection[int]] | None = None,
    **data: Any,
) -> None:
    """`record` for many objects of one kind, by one statement.

    `places` says by their ids where objects belong that have no place of their own: a line for each place.
    """
    if not objs:
        return
    where = places if places is not None else {obj.pk: _own_place(obj) for obj in objs}
    nowhere: list[int | None] = [None]
    pairs = [(str(obj.pk), place) for obj in objs for place in [*sorted(where.get(obj.pk, ()))] or nowhere]
    ids, lines = [pk for pk, _ in pairs], [place for _, place in pairs]
    line: list[Any] = [at, actor, verb, objs[0]._meta.label_lower, reason, json.dumps(data), ids, lines]
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT_EACH, line)


def _own_place(obj: models.Model) -> list[int]:
    place = getattr(obj, "clinic_id", None)
    return [] if place is None else [place]


def record_look(
    *,
    actor: str,
    verb: str,
    obj: models.Model,
    at: datetime,
    ip: str | None,
    places: Collection[int],
    **data: Any,
) -> None:
    """`record` that somebody looked at `obj`: a line for each place that this concerns, or one for none."""
    line: list[Any] = [at, actor, verb, obj._meta.label_lower, str(obj.pk), json.dumps(data), ip]
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT_LOOK, [*line, sorted(places) or [None]])


def last_actor(*, obj: models.Model, verb: str) -> str:
    """Who did `verb` to this record last; "somebody" where nothing is written down."""
    with prepared.cursor() as cursor:
        cursor.execute(_LAST, [obj._meta.label_lower, str(obj.pk), verb])
        row = cursor.fetchone()
    return str(row[0]) if row else "somebody"


_INSERT_EACH = """
    INSERT INTO core_auditevent (at, actor, verb, object_type, reason, data, object_id, place)
    SELECT %s, %s, %s, %s, %s, %s::jsonb, of.object_id, of.place
    FROM unnest(%s::text[], %s::bigint[]) AS of (object_id, place)
"""
_INSERT_LOOK = """
    INSERT INTO core_auditevent (at, actor, verb, object_type, object_id, reason, data, ip, place)
    SELECT %s, %s, %s, %s, %s, '', %s::jsonb, %s::inet, of.place FROM unnest(%s::bigint[]) AS of (place)
"""
_LAST = """
    SELECT actor FROM core_auditevent WHERE object_type = %s AND object_id = %s AND verb = %s
    ORDER BY id DESC LIMIT 1
"""
# By hand: an answer writes two lines, and the ORM needs longer to word one than the database to keep it.
_INSERT = """
    INSERT INTO core_auditevent (at, actor, verb, object_type, object_id, reason, data, ip, place)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
"""
