"""Work about one phone is done one at a time, whichever worker does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from core import prepared

# Namespaces of the locks: reading in and answering are two works, and what staff write is a third.
ANSWERING, READING_IN, WRITING = 0, 1, 2


class Turn(NamedTuple):
    """Of whose phone the turn is, whether we have it, and what was to be read then."""

    phone: str
    is_ours: bool
    found: Sequence[tuple[Any, ...]] = ()


def take(
    *, table: str, column: str, pk: int, work: int, skip_locked: bool = False, then: str = ""
) -> Turn | None:
    """Wait for the turn of the phone that a row names, and keep it until the transaction ends.

    None where there is no such row. With `skip_locked` nobody else's turn is waited for. Whatever is wanted
    of that phone has to be read afterwards, since it may have changed in the meantime: `then` is a SELECT
    that says {phone}, and its rows are `found`.
    """
    wait, look = "pg_advisory_xact_lock({}) IS NOT NULL", "pg_try_advisory_xact_lock({})"
    turn = (look if skip_locked else wait).format(f"hashtextextended({column}, %(work)s)")
    # Two statements: each sees what was committed before it began, so that the second one finds what whoever
    # had the turn before has left.
    sql = f"SELECT {column}, {turn} FROM {table} WHERE id = %(pk)s"  # noqa: S608 - names of ours
    phone = f"(SELECT {column} FROM {table} WHERE id = %(pk)s)"  # noqa: S608 - names of ours
    with prepared.cursor() as cursor:
        cursor.execute(sql, {"pk": pk, "work": work})
        row = cursor.fetchone()
        if row is None:
            return None
        if not then or not row[1]:
            return Turn(row[0], row[1])
        cursor.execute(then.format(phone=phone), {"pk": pk})
        return Turn(row[0], row[1], cursor.fetchall())


def hold(*, phone: str, work: int) -> None:
    """Wait for the turn of this phone, and keep it until the transaction ends."""
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [phone, work])
