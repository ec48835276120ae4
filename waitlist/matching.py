"""Who may be asked for a slot, who not, and why: one statement over the clinic's whole list.

The statement looks at every waiting entry of the clinic, in two lots: those whose wish is another one, which
their own rows say, and the others, which are scored. `barring` holds the rules in the order in which they are
asked. Upper rooms add rules of their own (already asked, opted out …) as `Bars`: this room knows neither
offers nor messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection

from clinic.models import LONGEST_VISIT, Clinic, Provider, VisitType
from waitlist import barring, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A free time to be given to somebody. Times are aware."""

    clinic: Clinic
    provider: Provider
    visit_type: VisitType
    starts_at: datetime
    ends_at: datetime
    freed_by_patient_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Rules of an upper room, in SQL. `person` and `entry` are the rows they may look at.

    `ctes` are extra WITH queries, `rules` conditions under which a reason says no, and `last` those that are
    asked after all others: whom they bar nothing else stands against.
    Everything is constant text of this project's own; values go through `params`.
    """

    ctes: str = ""
    rules: barring.Rules = ()
    last: barring.Rules = ()
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The verdict on every entry, side by side: eligible ones first, best first."""

    eligible_count: int
    entry_ids: list[int]
    reasons: list[int]
    parts: list[int]


def decide(*, slot: Slot, now: datetime, bars: Bars | None = None) -> Decisions:
    """Run `statement` and bring its arrays here."""
    sql, params = statement(slot=slot, now=now, bars=bars)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        eligible_count, entry_ids, reasons, parts = cursor.fetchone()
    return Decisions(eligible_count=eligible_count, entry_ids=entry_ids, reasons=reasons, parts=parts)


def statement(*, slot: Slot, now: datetime, bars: Bars | None = None) -> tuple[str, dict[str, Any]]:
    """SQL and parameters of the one row (eligible_count, entry_ids, reasons, parts) that says it all."""
    bars = bars or Bars()
    reason = barring.first((*barring.TIME, *barring.PERSON, *bars.rules, *barring.CALENDAR, *bars.last))
    sql = _SQL.replace("/*ctes*/", bars.ctes).replace("/*reason*/", reason)
    return sql, {**_slot_params(slot, now), **points.params(clinic=slot.clinic, now=now), **bars.params}


def _slot_params(slot: Slot, now: datetime) -> dict[str, Any]:
    zone = slot.clinic.zone
    starts, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    return {
        "provider": slot.provider.pk,
        "provider_type": slot.provider.provider_type,
        "visit_type": slot.visit_type.pk,
        "too_short": timedelta(minutes=slot.visit_type.duration_minutes) > slot.ends_at - slot.starts_at,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "longest_visit": LONGEST_VISIT,
        "weekday": starts.weekday(),
        "local_start": starts.time(),
        "local_end": ends.time(),
        "same_day": starts.date() == ends.date(),
        "minutes_left": (slot.starts_at - now) // timedelta(minutes=1),
        "freed_by": slot.freed_by_patient_id or 0,
        "has_interval": slot.visit_type.min_interval_days > 0,
        "interval_since": _interval_since(slot),
    }


def _interval_since(slot: Slot) -> datetime:
    """From when on a visit of the kind is too near to the slot: so many days of the clinic's calendar."""
    zone = slot.clinic.zone
    nearest = slot.starts_at.astimezone(zone).date() - timedelta(days=slot.visit_type.min_interval_days - 1)
    return datetime.combine(nearest, time(), zone)


# No materialised list: writing 100,000 rows down for two readers cost a fifth of the whole. The two lots are
# each other's complement by the same words. The visit type is named twice: in the one lot for its index, in
# the other since it ends the look at most rows.
_SQL = f"""
WITH busy AS MATERIALIZED (
    SELECT patient_id, count(*) AS visits, min(id) AS only_visit
    FROM clinic_appointment
    WHERE status IN ('booked', 'arrived') AND starts_at > %(starts_at)s - %(longest_visit)s
        AND starts_at < %(ends_at)s AND ends_at > %(starts_at)s
    GROUP BY patient_id
)/*ctes*/, scored AS MATERIALIZED (
    SELECT entry.id, entry.joined_at, /*reason*/ AS reason,
        {points.COLUMNS}
    FROM waitlist_waitlistentry entry
    JOIN clinic_patient person ON person.id = entry.patient_id
    {points.CURRENT}
    WHERE entry.clinic_id = %(clinic)s AND entry.status IN ('waiting', 'paused')
        AND entry.visit_type_id = %(visit_type)s AND {barring.any_of(barring.WISH)} IS NOT TRUE
), ranked AS (
    SELECT id, {points.PACKED} AS parts
    FROM scored
    WHERE reason = 0
    ORDER BY {points.BEST_FIRST}
)
SELECT yes.total, yes.ids || no.ids || other.ids,
    array_fill(0::smallint, ARRAY[yes.total]) || no.reasons || other.reasons,
    yes.parts || no.parts || array_fill(0, ARRAY[other.total])
FROM (
    SELECT count(*)::int AS total, coalesce(array_agg(id), '{{}}') AS ids,
        coalesce(array_agg(parts), '{{}}') AS parts
    FROM ranked
) yes, (
    SELECT coalesce(array_agg(id), '{{}}') AS ids, coalesce(array_agg(reason::smallint), '{{}}') AS reasons,
        coalesce(array_agg({points.PACKED}), '{{}}') AS parts
    FROM scored
    WHERE reason <> 0
) no, (
    SELECT count(*)::int AS total, coalesce(array_agg(entry.id), '{{}}') AS ids,
        coalesce(array_agg(({barring.first(barring.WISH)})::smallint), '{{}}') AS reasons
    FROM waitlist_waitlistentry entry
    WHERE entry.clinic_id = %(clinic)s AND entry.status IN ('waiting', 'paused')
        AND (entry.visit_type_id <> %(visit_type)s OR {barring.any_of(barring.WISH)})
) other
"""  # noqa: S608 - constant text of this project's own; every value is a parameter
