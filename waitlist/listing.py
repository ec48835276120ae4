"""Who is next: a clinic's list in the order of its scores, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from clinic.models import Clinic
from waitlist import points, scoring
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for at one clinic; None and "" narrow nothing.

    `provider_id` finds also whoever waits for anybody of that provider's type.
    """

    clinic: Clinic
    provider_id: int | None = None
    visit_type_id: int | None = None
    urgent: bool | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry and its points at the moment of asking."""

    entry: WaitlistEntry
    parts: scoring.Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows, the best first, of `total` that were found."""

    rows: list[Row]
    total: int


def page(*, wanted: Wanted, now: datetime, size: int, number: int = 1) -> Page:
    """The page `number`, from 1 on, of `size` rows. One beyond the last is empty."""
    where, params = _narrowed(wanted)
    params |= {**points.params(clinic=wanted.clinic, now=now), "size": size, "skip": size * (number - 1)}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.replace("/*where*/", where), params)
        total = cursor.fetchone()[0]
        cursor.execute(_PAGE.replace("/*where*/", where), params)
        found = cursor.fetchall()
    entries = WaitlistEntry.objects.select_related(
        "patient", "provider", "visit_type", "clinic", "current_appointment"
    )
    by_id = entries.prefetch_related("availability").in_bulk([pk for pk, _ in found])
    rows = [Row(entry=by_id[pk], parts=scoring.unpack(packed)) for pk, packed in found if pk in by_id]
    return Page(rows=rows, total=total)


def _narrowed(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    statuses = [wanted.status] if wanted.status else [EntryStatus.WAITING, EntryStatus.PAUSED]
    params: dict[str, Any] = {"statuses": statuses}
    conditions = ["entry.clinic_id = %(clinic)s", "entry.status = ANY(%(statuses)s)"]
    if wanted.provider_id is not None:
        conditions.append(_FOR_PROVIDER)
        params["provider"] = wanted.provider_id
    if wanted.visit_type_id is not None:
        conditions.append("entry.visit_type_id = %(visit_type)s")
        params["visit_type"] = wanted.visit_type_id
    if wanted.urgent is not None:
        conditions.append("entry.urgent = %(urgent)s")
        params["urgent"] = wanted.urgent
    return " AND ".join(conditions), params


_FOR_PROVIDER = """(entry.provider_id = %(provider)s OR entry.provider_id IS NULL AND entry.provider_type IN (
    '', (SELECT provider_type FROM clinic_provider WHERE id = %(provider)s)))"""
_COUNT = "SELECT count(*) FROM waitlist_waitlistentry entry WHERE /*where*/"
_PAGE = f"""
SELECT id, {points.PACKED} FROM (
    SELECT entry.id, entry.joined_at, {points.COLUMNS}
    FROM waitlist_waitlistentry entry {points.CURRENT}
    WHERE /*where*/
) scored
ORDER BY {points.BEST_FIRST}
LIMIT %(size)s OFFSET %(skip)s
"""  # noqa: S608 - constant text of this project's own; every value is a parameter
