"""Who is next: a clinic's list in the order of its scores, a page at a time."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection

from clinic.models import Clinic
from waitlist import points, scoring
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

# A list that is as long is sorted once for whoever turns its pages.
WORTH_KEEPING = 5_000
KEPT_SECONDS = 30


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
    """The page `number`, from 1 on, of `size` rows. One beyond the last is empty.

    The order of a list of WORTH_KEEPING is up to KEPT_SECONDS old, unless somebody in line has changed since.
    """
    where, params = _narrowed(wanted)
    params |= points.params(clinic=wanted.clinic, now=now)
    order = _order(wanted, where, params)
    ids = list(order[size * (number - 1) : size * number])
    with connection.cursor() as cursor:
        cursor.execute(
            _SCORED.replace("/*where*/", f"{where} AND entry.id = ANY(%(ids)s)"), params | {"ids": ids}
        )
        packed = dict(cursor.fetchall())
    entries = WaitlistEntry.objects.select_related(
        "patient", "provider", "visit_type", "clinic", "current_appointment"
    )
    by_id = entries.prefetch_related("availability").in_bulk(packed)
    rows = [Row(entry=by_id[pk], parts=scoring.unpack(packed[pk])) for pk in ids if pk in by_id]
    return Page(rows=rows, total=len(order))


def _order(wanted: Wanted, where: str, params: dict[str, Any]) -> array[int]:
    """The ids of all that fit, the best first: to sort a hundred thousand takes longer than to show fifty."""
    asked = (wanted.clinic.pk, wanted.provider_id, wanted.visit_type_id, wanted.urgent, wanted.status)
    key = "waitlist:" + ":".join(map(str, asked))
    with connection.cursor() as cursor:
        # Before the order: what changes in between is sorted in by the next look.
        stamp = _stamp(cursor, wanted, params)
        kept = cache.get(key)
        if kept is not None and kept[0] == stamp:
            known: array[int] = kept[1]
            return known
        cursor.execute(_ORDER.replace("/*where*/", where), params)
        order = array("q", cursor.fetchone()[0] or ())
    if len(order) >= WORTH_KEEPING:
        cache.set(key, (stamp, order), KEPT_SECONDS)
    return order


def _stamp(cursor: Any, wanted: Wanted, params: dict[str, Any]) -> tuple[Any, ...]:
    """What the order hangs on, as far as an index knows it: those who wait, the weights, the day."""
    cursor.execute(_CHANGED, params)
    return cursor.fetchone()[0], points.weights_of(wanted.clinic), params["today"]


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
_CHANGED = """SELECT max(changed_at) FROM waitlist_waitlistentry
    WHERE clinic_id = %(clinic)s AND status = 'waiting'"""
_FITTING = f"""
    SELECT entry.id, entry.joined_at, {points.COLUMNS}
    FROM waitlist_waitlistentry entry {points.CURRENT}
    WHERE /*where*/
"""  # noqa: S608 - constant text of this project's own; every value is a parameter
# Sorted below the aggregate several processes share the work.
_ORDER = f"""
SELECT array_agg(id) FROM (SELECT id FROM ({_FITTING}) scored ORDER BY {points.BEST_FIRST}) ordered
"""  # noqa: S608 - as above
_SCORED = f"SELECT id, {points.PACKED} FROM ({_FITTING}) scored"  # noqa: S608 - as above
