"""Two patients were one person, who was greeted under either name: that counts for the one who stays."""

from __future__ import annotations

from django.db import connection


def join(*, kept_id: int, gone_id: int) -> int:
    """Hand the greetings of the one who goes to the one who stays, where that one has none in a year of them;
    how many. The caller is in a transaction and holds both patients.
    """
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, {"kept": kept_id, "gone": gone_id})
        return int(cursor.rowcount)


_JOIN = """
    UPDATE outreach_greeting greeting SET patient_id = %(kept)s
    WHERE greeting.patient_id = %(gone)s AND greeting.status <> 'skipped' AND NOT EXISTS (
        SELECT FROM outreach_greeting near
        WHERE near.patient_id = %(kept)s AND (near.year = greeting.year OR near.status <> 'skipped'
            AND near.birthday_on > greeting.birthday_on - 365
            AND near.birthday_on < greeting.birthday_on + 365))
"""
