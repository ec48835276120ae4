"""How long an offer stands and who of those in line is asked. Pure.

Who may be asked at all is waitlist.matching's; the reasons are waitlist.reasons'.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

# A text may wait at the provider until so long before its hold ends, and must have this long to leave there.
ANSWERING = timedelta(seconds=30)
LEAVING = timedelta(seconds=5)
# Stored with every decision; a change of any rule of choosing is a new version.
POLICY_VERSION = "rules-2"


class Candidate(NamedTuple):
    """An entry that may be asked, and the number at which."""

    entry_id: int
    phone: str


def last_useful_at(*, starts_at: datetime, lead: timedelta) -> datetime:
    """The last moment at which a yes still leaves the patient time to come."""
    return starts_at - lead


def hold_ends_at(*, now: datetime, hold: timedelta, last_useful_at: datetime) -> datetime:
    """Until when the slot is held for a patient who is asked now."""
    return min(now + hold, last_useful_at)


def is_worth_asking(*, now: datetime, hold: timedelta, last_useful_at: datetime) -> bool:
    """Whether a question put now can still leave and be answered; a hold short by choice may be so."""
    return last_useful_at - now > min(hold, ANSWERING + LEAVING)


def pick(*, ranked: Sequence[Candidate], size: int) -> list[Candidate]:
    """The first `size` of those ranked, one for each phone: with two questions a yes is ambiguous."""
    by_phone: dict[str, Candidate] = {}
    for candidate in ranked:
        if len(by_phone) >= size:
            break
        by_phone.setdefault(candidate.phone, candidate)
    return list(by_phone.values())
