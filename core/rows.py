"""Rows read and written by statements of our own, as instances of their models.

On the way of an answer the ORM takes longer to word a statement than PostgreSQL to run it: one read by
primary key costs ten times the bare round trip. Here the names of columns are taken from the model, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def read(model: type[Row], condition: str, params: Sequence[Any]) -> list[Row]:
    """The model's rows for which the words after WHERE hold, which may name an order, a limit and a lock."""
    sql = f"SELECT {columns(model, 'row')} FROM {_table(model)} row WHERE {condition}"  # noqa: S608 - words of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [next(built(values, model)) for values in cursor.fetchall()]


def built(values: Sequence[Any], *models_of: type[models.Model]) -> Iterator[Any]:
    """The instances whose columns, as `columns` names them, follow one another in these values."""
    start = 0
    for model in models_of:
        names, converters = _shape(model)
        own = list(values[start : start + len(names)])
        for place, convert in converters:
            own[place] = convert(own[place], None, connection)
        yield model.from_db(connection.alias, names, own)
        start += len(names)


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """Every column of the model, for a SELECT that names its table so."""
    return ", ".join(f"{alias}.{_quoted(field.column)}" for field in model._meta.concrete_fields)


def insert(row: models.Model) -> None:
    """Store a new row and give it its key; as with bulk_create, no signal is sent.

    Raises django.db.IntegrityError where the database forbids it.
    """
    sql, fields = _insertion(type(row))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def update(row: models.Model, written: Mapping[str, Any], given: Mapping[str, Any] = _NOTHING) -> bool:
    """Write fields of a stored row whose `given` fields are as said; False: they are not, or it is gone.

    The instance stays as it was. The values are plain, not expressions.
    """
    sets, values = _pairs(row, written)
    asks, known = _pairs(row, {"pk": row.pk, **given})
    sql = f"UPDATE {_table(type(row))} SET {', '.join(sets)} WHERE {' AND '.join(asks)}"  # noqa: S608 - words of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *known])
        return bool(cursor.rowcount == 1)


def _pairs(row: models.Model, named: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    fields = _fields(type(row))
    pairs = [f"{_quoted(fields[name].column)} = %s" for name in named]
    return pairs, [fields[name].get_db_prep_save(value, connection) for name, value in named.items()]


@cache
def _fields(model: type[models.Model]) -> dict[str, Any]:
    return {field.name: field for field in model._meta.concrete_fields} | {"pk": model._meta.pk}


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[models.Field[Any, Any]]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {_table(model)} ({names}) VALUES ({marks}) RETURNING id", fields  # noqa: S608 - words of ours


@cache
def _shape(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """The attributes in the order of their columns, and the places of those that come as text."""
    fields = model._meta.concrete_fields
    as_text = [(place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], [(place, field.from_db_value) for place, field in as_text]


@cache
def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))
