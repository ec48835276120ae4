"""Numbers that must not be texted."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from messaging.models import Suppression


def is_suppressed(phone: str) -> bool:
    """Whether this number has opted out."""
    return suppressed_since(phone) is not None


def suppressed_since(phone: str) -> datetime | None:
    """When the text came (UTC) that opted this number out; None: it has not."""
    # Every text that comes or goes is looked up here: the ORM's wording would cost more than the look.
    sql = "SELECT since FROM messaging_suppression WHERE phone = %s AND lifted_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql, [phone])
        row = cursor.fetchone()
    return row[0] if row else None


def suppress(*, phone: str, words: str, source: str, now: datetime) -> None:
    """Text this number no more, from this transaction on. Once is enough; a repeat changes nothing."""
    row = Suppression(phone=phone, words=words[:160], source=source, since=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def lift(*, phone: str, now: datetime) -> bool:
    """The number's owner wants texts again; False where nothing was suppressed."""
    return Suppression.objects.filter(phone=phone, lifted_at=None).update(lifted_at=now) > 0
