"""Moving a row from one state to the next by compare-and-swap."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import connection, models


class IllegalMove(Exception):
    """There is no such arrow: a bug in the caller."""


class StaleState(Exception):
    """The row is no longer in the state the caller saw: an answer, worded for staff."""


def move(
    instance: models.Model,
    *,
    to: str,
    arrows: Mapping[str, frozenset[str]],
    given: Mapping[str, Any] = MappingProxyType({}),
    **fields: Any,
) -> None:
    """Take the arrow from `instance.status` to `to`, write `fields` with it, and update the instance.

    `given` are further columns that must still be as the caller saw them, for example a lease.
    Raises IllegalMove where `arrows` has no such arrow, and StaleState where the row has moved meanwhile;
    in both cases row and instance stay as they were. The values of `fields` are plain, not expressions.
    """
    was: str = instance.status  # type: ignore[attr-defined]
    if to not in arrows.get(was, frozenset()):
        raise IllegalMove(f"{instance._meta.label} {instance.pk}: no arrow from {was} to {to}")
    written = {"status": to, **fields}
    if not _swap(instance, written, {"pk": instance.pk, "status": was, **given}):
        raise StaleState(f"This {instance._meta.verbose_name} has changed in the meantime.")
    for name, value in written.items():
        setattr(instance, name, value)


def _swap(row: models.Model, written: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    # The old state among what is expected lets only one of two movers through. Worded by hand, since an
    # answer takes this step four times and the ORM needs longer to word it than the database to do it.
    sets, values = _columns(row, written)
    asks, known = _columns(row, expected)
    table = connection.ops.quote_name(row._meta.db_table)
    sql = f"UPDATE {table} SET {', '.join(sets)} WHERE {' AND '.join(asks)}"  # noqa: S608 - names of our models
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *known])
        return bool(cursor.rowcount == 1)


def _columns(row: models.Model, named: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    fields: dict[str, Any] = {field.name: field for field in row._meta.concrete_fields} | {"pk": row._meta.pk}
    columns = [f"{connection.ops.quote_name(fields[name].column)} = %s" for name in named]
    return columns, [fields[name].get_db_prep_save(value, connection) for name, value in named.items()]
