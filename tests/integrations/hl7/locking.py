"""A table that another session holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.house.commands import database_url


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody else can read or write it within."""
    with psycopg.connect(database_url()) as other, other.transaction():
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
