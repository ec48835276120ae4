"""How deep a list is: how many could be asked, and how likely it fills a time, before anybody cancels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from clinic.models import Clinic
from offers import channels

# Of automated offers 8 to 11 % were accepted where it was published; ours counts once there is enough.
USUAL_SHARE = 0.095
USUAL_RANGE = (0.08, 0.11)
# How far the share of a sample may be from the truth: in 19 of 20 cases it is not further.
_Z = 1.96
ENOUGH_OFFERS = 200
LATELY = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """One provider and visit type. `chance`, 0 to 1: that at least one of the `eligible` says yes."""

    provider: str
    visit_type: str
    eligible: int
    waiting: int
    chance: float

    @property
    def percent(self) -> int:
        """The chance in whole percent."""
        return round(self.chance * 100)


def of(*, clinic: Clinic, now: datetime) -> list[Depth]:
    """Every provider and visit type of the clinic that somebody waits for, the thinnest first.

    Eligible is whoever waits, has agreed to be asked and can be reached: whether a certain time suits them is
    known when it comes free.
    """
    share = accepted_share(clinic=clinic, now=now)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"clinic": clinic.pk, "now": now}
        params["whatsapp_languages"] = channels.whatsapp_languages()
        cursor.execute(_DEPTH.replace("/*reached*/", channels.any_open()), params)
        rows = cursor.fetchall()
    depths = [
        Depth(provider=provider, visit_type=visit, eligible=able, waiting=all_, chance=chance(able, share))
        for provider, visit, able, all_ in rows
    ]
    return sorted(depths, key=lambda depth: (depth.eligible, depth.provider, depth.visit_type))


def chance(eligible: int, share: float) -> float:
    """That at least one of so many says yes, each with the same share."""
    return 1 - (1 - share) ** eligible


def accepted_share(*, clinic: Clinic, now: datetime) -> float:
    """The share of the clinic's offers of the last half year that were accepted; USUAL_SHARE for too few."""
    asked, accepted = _accepted(clinic, now)
    return accepted / asked if asked >= ENOUGH_OFFERS else USUAL_SHARE


def share_range(*, clinic: Clinic, now: datetime) -> tuple[float, float]:
    """Within what `accepted_share` may truly lie: Wilson's interval, else what was published."""
    asked, accepted = _accepted(clinic, now)
    if asked < ENOUGH_OFFERS:
        return USUAL_RANGE
    share, spread = accepted / asked, _Z**2 / asked
    middle = share + spread / 2
    reach = _Z * math.sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))


def _accepted(clinic: Clinic, now: datetime) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, {"clinic": clinic.pk, "since": now - LATELY})
        asked, accepted = cursor.fetchone()
        return asked, accepted


# An entry for any provider counts for each one whose type it takes.
_DEPTH = """
WITH waiting AS (
    SELECT entry.provider_id, entry.provider_type, entry.visit_type_id,
        count(*) AS waiting,
        count(*) FILTER (WHERE person.status = 'active' AND (/*reached*/)) AS eligible
    FROM waitlist_waitlistentry entry JOIN clinic_patient person ON person.id = entry.patient_id
    WHERE entry.clinic_id = %(clinic)s AND entry.status = 'waiting'
        AND (entry.expires_at IS NULL OR entry.expires_at > %(now)s)
    GROUP BY 1, 2, 3
)
SELECT provider.name, visit.name, sum(waiting.eligible)::int, sum(waiting.waiting)::int
FROM clinic_provider provider
JOIN clinic_provider_clinics works ON works.provider_id = provider.id AND works.clinic_id = %(clinic)s
JOIN waiting ON waiting.provider_id = provider.id
    OR waiting.provider_id IS NULL AND waiting.provider_type IN ('', provider.provider_type)
JOIN clinic_visittype visit ON visit.id = waiting.visit_type_id
WHERE provider.active
GROUP BY provider.id, provider.name, visit.id, visit.name
"""
_SHARE = """
SELECT count(*), count(*) FILTER (WHERE offer.status IN ('accepted', 'released'))
FROM offers_offer offer JOIN offers_cancellation slot ON slot.id = offer.cancellation_id
WHERE slot.clinic_id = %(clinic)s AND offer.created_at > %(since)s AND offer.hold_expires_at IS NOT NULL
"""
