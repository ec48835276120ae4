"""Statuses and codes that the provider sends and we do not know: stored, answered with 200, and counted."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

LONGEST = 40
_COUNT = """
    INSERT INTO messaging_oddity (what, word, times, last_seen_at) VALUES (%s, %s, 1, %s)
    ON CONFLICT (what, word) DO UPDATE SET times = messaging_oddity.times + 1,
        last_seen_at = greatest(messaging_oddity.last_seen_at, excluded.last_seen_at)
"""


def note(*, what: str, word: str, now: datetime) -> None:
    """Count one more `word`, a "status" or a "code"."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [what, word[:LONGEST], now])
