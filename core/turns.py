"""Work about one phone is done one at a time, whichever worker does it."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

# Namespaces of the locks: reading in, answering and handing over a reply are three works.
ANSWERING, READING_IN, REPLYING = 0, 1, 2


class Turn(NamedTuple):
    """Of whose phone the turn is, and whether we have it."""

    phone: str
    is_ours: bool


def take(*, table: str, column: str, pk: int, work: int, skip_locked: bool = False) -> Turn | None:
    """Wait for the turn of the phone that a row names, and keep it until the transaction ends.

    None where there is no such row. With `skip_locked` nobody else's turn is waited for. Whatever else is
    wanted of the row has to be read afterwards: it may have changed in the meantime.
    """
    wait, look = "pg_advisory_xact_lock({}) IS NOT NULL", "pg_try_advisory_xact_lock({})"
    turn = (look if skip_locked else wait).format(f"hashtextextended({column}, %s)")
    with connection.cursor() as cursor:
        # One statement, since two are needed for every text that comes in.
        cursor.execute(f"SELECT {column}, {turn} FROM {table} WHERE id = %s", [work, pk])  # noqa: S608 - names of ours
        row = cursor.fetchone()
    return None if row is None else Turn(*row)


def wait(*, phone: str, work: int) -> None:
    """Wait for the turn of a phone, and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [phone, work])
