"""Statements of ours that PostgreSQL reads and plans once for a connection and not with every run.

Where a statement names the columns of joined tables, reading and planning it costs PostgreSQL four times as
much as running it. The ORM's statements are not kept: each is worded anew, with its values within.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class Instant(Loader):
    """A timestamptz, read by C: the driver's own Python takes thirty times as long, and a YES reads fifty."""

    # Django asks for this before it puts a loader of its own in the place.
    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


class Cursor:
    """The driver's cursor with Django's errors; what Django wraps around it costs as much again."""

    __slots__ = ("_bare", "_connection")

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        # The stubs know only cursors that are wrapped already.
        self._bare: Any = psycopg.Cursor(connection.connection)
        self._connection = connection

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> None:
        """Run one statement. Raises django.db.Error."""
        self._connection.validate_no_broken_transaction()
        with self._connection.wrap_database_errors:
            self._bare.execute(sql, params)

    def fetchone(self) -> Any:
        return self._bare.fetchone()

    def fetchall(self) -> list[Any]:
        found: list[Any] = self._bare.fetchall()
        return found

    @property
    def rowcount(self) -> int:
        return int(self._bare.rowcount)

    @property
    def description(self) -> Any:
        return self._bare.description

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bare.close()


def cursor() -> Cursor:
    """A cursor for a `with`, whose statements are kept where settings.DATABASES says so.

    It takes one statement at a time. Values travel beside it, so that one whose type nothing tells is cast.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged:
        # Whoever reads along wants to see the values as well.
        logged: Cursor = connection.cursor()
        return logged
    if connection.connection is None or not connection.health_check_done:
        connection.close_if_health_check_failed()
        connection.ensure_connection()
    return Cursor(connection)
