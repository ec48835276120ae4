"""Statements of ours that PostgreSQL reads and plans once for a connection and not with every run.

Where a statement names the columns of joined tables, reading and planning it costs PostgreSQL four times as
much as running it. The ORM's statements are not kept: each is worded anew, with its values within.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper


def cursor() -> CursorWrapper:
    """A cursor for a `with`, whose statements are kept where settings.DATABASES says so.

    It takes one statement at a time. Values travel beside it, so that one whose type nothing tells is cast.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged:
        # Whoever reads along wants to see the values as well.
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # The stubs know only cursors that are wrapped already.
        bare: Any = psycopg.Cursor(connection.connection)
    return connection.make_cursor(bare)
