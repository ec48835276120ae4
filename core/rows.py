"""Rows read and written by statements of our own, as instances of their models.

On the way of an answer the ORM takes longer to word a statement than PostgreSQL to run it: one read by
primary key costs ten times the bare round trip. Here the names of columns are taken from the model, once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState

from core import prepared

Row = TypeVar("Row", bound=models.Model)
_NOTHING: Mapping[str, Any] = MappingProxyType({})
# What a field that is no text of its own, as JSON is, makes nothing else of on its way to the database.
_PLAIN = (NoneType, bool, int, str, datetime, uuid.UUID)


def read(model: type[Row], condition: str, params: Sequence[Any]) -> list[Row]:
    """The model's rows for which the words after WHERE hold, which may name an order, a limit and a lock."""
    return [row for row, _ in read_with(model, "NULL", condition, params)]


def read_with(model: type[Row], also: str, condition: str, params: Sequence[Any]) -> list[tuple[Row, Any]]:
    """`read`, and with each row what the SQL `also` says of it."""
    sql = f"SELECT {columns(model, 'row')}, {also} FROM {_table(model)} row WHERE {condition}"  # noqa: S608 - words of ours
    with prepared.cursor() as cursor:
        cursor.execute(sql, params)
        return [(next(built(values[:-1], model)), values[-1]) for values in cursor.fetchall()]


def built(values: Sequence[Any], *models_of: type[models.Model]) -> Iterator[Any]:
    """The instances whose columns, as `columns` names them, follow one another in these values."""
    start = 0
    for model in models_of:
        names, converters = _shape(model)
        own = list(values[start : start + len(names)])
        for place, convert in converters:
            own[place] = convert(own[place], None, connection)
        yield _stored(model, zip(names, own, strict=True))
        start += len(names)


def _stored(model: type[Row], columns: Iterable[tuple[str, Any]]) -> Row:
    """What Model.from_db makes of every column, without asking each field and telling listeners of it."""
    row = model.__new__(model)
    row._state = ModelState()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    row.__dict__.update(columns)
    return row


@cache
def width(*models_of: type[models.Model]) -> int:
    """How many columns `built` takes for these models."""
    return sum(len(model._meta.concrete_fields) for model in models_of)


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """Every column of the model, for a SELECT that names its table so."""
    return ", ".join(f"{alias}.{_quoted(field.column)}" for field in model._meta.concrete_fields)


def insert(row: models.Model) -> None:
    """Store a new row and give it its key; as with bulk_create, no signal is sent.

    Raises django.db.IntegrityError where the database forbids it.
    """
    sql, fields = _insertion(type(row))
    values = [_prepared(field, getattr(row, field.attname)) for field in fields]
    with prepared.cursor() as cursor:
        cursor.execute(sql, values)
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def update(
    row: models.Model, written: Mapping[str, Any], given: Mapping[str, Any] = _NOTHING, unless: str = ""
) -> bool:
    """Write fields of a stored row whose `given` fields are as said; False: they are not, or it is gone.

    `unless` is a SELECT without parameters that names the row by its table: where it finds anything, nothing
    is written. The instance stays as it was. The values are plain, not expressions.
    """
    asked = {"pk": row.pk, **given}
    sql, fields = _change(type(row), tuple(written), tuple(asked), unless)
    values = [*written.values(), *asked.values()]
    with prepared.cursor() as cursor:
        cursor.execute(sql, [_prepared(field, value) for field, value in zip(fields, values, strict=True)])
        return bool(cursor.rowcount == 1)


@cache
def _change(
    model: type[models.Model], written: tuple[str, ...], asked: tuple[str, ...], unless: str
) -> tuple[str, list[models.Field[Any, Any]]]:
    """The words of an update, once for each set of names, and the fields of its values in their order."""
    fields = _fields(model)
    sets = ", ".join(f"{_quoted(fields[name].column)} = %s" for name in written)
    asks = " AND ".join(f"{_quoted(fields[name].column)} = %s" for name in asked)
    unless = f" AND NOT EXISTS ({unless})" if unless else ""
    sql = f"UPDATE {_table(model)} SET {sets} WHERE {asks}{unless}"  # noqa: S608 - words of ours
    return sql, [fields[name] for name in (*written, *asked)]


def _prepared(field: models.Field[Any, Any], value: Any) -> Any:
    """The value as the driver takes it, which for most fields is as it is."""
    is_plain = isinstance(value, _PLAIN) and not hasattr(field, "from_db_value")
    return value if is_plain else field.get_db_prep_save(value, connection)


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
