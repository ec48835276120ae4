"""Work about one phone is done one at a time, whichever worker does it."""

from __future__ import annotations

from django.db import connection

# Namespaces of the locks: reading in and answering are two works.
ANSWERING, READING_IN = 0, 1


def take(phone: str, work: int, *, skip_locked: bool = False) -> bool:
    """Wait for this phone's turn and keep it until the transaction ends.

    With `skip_locked` False instead of a wait, where somebody else has it.
    """
    wait = "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s)) IS NOT NULL"
    sql = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))" if skip_locked else wait
    with connection.cursor() as cursor:
        cursor.execute(sql, [phone, work])
        return bool(cursor.fetchone()[0])
