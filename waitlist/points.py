"""The formula of waitlist.scoring in SQL: one text for the rounds and for the page that shows the list.

`entry` is a waitlist entry, `current` its appointment where that is still to come, else null.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clinic.models import Clinic
from waitlist.scoring import Weights

CURRENT = """LEFT JOIN clinic_appointment current
        ON current.id = entry.current_appointment_id AND current.status IN ('booked', 'arrived')
    CROSS JOIN LATERAL (
        SELECT greatest(0, %(w_proximity)s - greatest(
            0, (current.starts_at AT TIME ZONE %(zone)s)::date - %(today)s) / %(proximity_step)s) AS points
    ) soon"""
COLUMNS = """(CASE WHEN entry.urgent THEN %(w_urgent)s ELSE 0 END)::int AS urgent,
        entry.manual_boost::int AS boost,
        (CASE
            WHEN current.id IS NULL THEN %(w_none)s
            WHEN %(furthest)s THEN %(w_proximity)s - soon.points
            ELSE soon.points
        END)::int AS proximity,
        least(%(w_seniority)s, greatest(0, floor(
            date_part('epoch', %(now)s - entry.joined_at) / %(seniority_step)s)))::int AS seniority"""
# As waitlist.scoring.pack does it.
PACKED = "(urgent << 24) | (boost << 16) | (proximity << 8) | seniority"
BEST_FIRST = "urgent + boost + proximity + seniority DESC, joined_at, id"


def weights_of(clinic: Clinic) -> Weights:
    """The clinic's weights and spans, as waitlist.scoring wants them."""
    return Weights(
        urgent=clinic.weight_urgent,
        proximity=clinic.weight_proximity,
        proximity_step_days=clinic.proximity_step_days,
        no_appointment=clinic.weight_no_appointment,
        favour_furthest=clinic.favour_furthest,
        seniority=clinic.weight_seniority,
        seniority_step_days=clinic.seniority_step_days,
    )


def params(*, clinic: Clinic, now: datetime) -> dict[str, Any]:
    """What the formula's text asks for, for entries of this clinic at `now`."""
    weights = weights_of(clinic)
    return {
        "clinic": clinic.pk,
        "now": now,
        "zone": clinic.zone.key,
        "today": now.astimezone(clinic.zone).date(),
        "w_urgent": weights.urgent,
        "w_proximity": weights.proximity,
        "proximity_step": weights.proximity_step_days,
        "w_none": weights.no_appointment,
        "furthest": weights.favour_furthest,
        "w_seniority": weights.seniority,
        "seniority_step": timedelta(days=weights.seniority_step_days).total_seconds(),
    }
