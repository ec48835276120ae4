"""Who says it, and when we hear it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integrations.models import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The circumstances of a fact. Times are UTC; `by` is its name in the audit trail.

    `may_offer` is false for what is old or is handled again: nobody is texted because of it. `arrival` grows
    with every message and tells apart what was said at one moment.
    """

    source: Source
    by: str
    now: datetime
    received_at: datetime
    may_offer: bool
    arrival: int
