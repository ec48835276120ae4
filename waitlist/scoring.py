"""How many points an entry has, and why: the clinic's formula. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Weights:
    """Points and spans of one clinic; the defaults are the formula of the contract."""

    urgent: int = 30
    boost_max: int = 40
    proximity: int = 20
    proximity_step_days: int = 3
    no_appointment: int = 10
    favour_furthest: bool = False
    seniority: int = 10
    seniority_step_days: int = 9


class Parts(NamedTuple):
    """The points of one entry, by their cause."""

    urgent: int
    boost: int
    proximity: int
    seniority: int

    @property
    def total(self) -> int:
        return self.urgent + self.boost + self.proximity + self.seniority


DEFAULT = Weights()


def score(
    *,
    urgent: bool,
    manual_boost: int,
    current_on: date | None,
    joined_at: datetime,
    now: datetime,
    weights: Weights = DEFAULT,
) -> Parts:
    """The points of one entry. `now` is in the clinic's zone, `current_on` a day there.

    A current appointment in the past counts as today's. Raises ValueError for a boost outside
    0 to `weights.boost_max`.
    """
    if not 0 <= manual_boost <= weights.boost_max:
        raise ValueError(f"a boost is between 0 and {weights.boost_max} points, not {manual_boost}")
    return Parts(
        urgent=weights.urgent if urgent else 0,
        boost=manual_boost,
        proximity=_proximity(current_on, now.date(), weights),
        seniority=_seniority(joined_at, now, weights),
    )


def pack(parts: Parts) -> int:
    """The four parts in one signed 32-bit integer, eight bits each, the urgent points on top.

    Raises ValueError for a part that does not fit: urgent points up to 127, the others up to 255.
    """
    if not 0 <= parts.urgent <= 127 or not all(0 <= part <= 255 for part in parts[1:]):
        raise ValueError(f"these points do not fit into 32 bits: {tuple(parts)}")
    return parts.urgent << 24 | parts.boost << 16 | parts.proximity << 8 | parts.seniority


def unpack(packed: int) -> Parts:
    """What `pack` was given. Raises ValueError for a number that `pack` never makes."""
    if not 0 <= packed < 1 << 31:
        raise ValueError(f"{packed} holds no score")
    return Parts(packed >> 24, packed >> 16 & 255, packed >> 8 & 255, packed & 255)


def _proximity(current_on: date | None, today: date, weights: Weights) -> int:
    if current_on is None:
        return weights.no_appointment
    days = max(0, (current_on - today).days)
    soonest = max(0, weights.proximity - days // weights.proximity_step_days)
    return weights.proximity - soonest if weights.favour_furthest else soonest


def _seniority(joined_at: datetime, now: datetime, weights: Weights) -> int:
    steps = (now - joined_at) // timedelta(days=weights.seniority_step_days)
    return min(weights.seniority, max(0, steps))
