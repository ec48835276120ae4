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
POLICY_VERSION = "rules-4"
# So many rounds follow a round while a question of it is open: a list of dead numbers is not asked from end
# to end in one instant, while those who can answer wait for their turn.
FOLLOW_UPS = 10


class Candidate(NamedTuple):
    """An entry that may be asked, and the number at which, or who it is where there is none."""

    entry_id: int
    phone: str


class Held(NamedTuple):
    """What a round holds: the places it was given, and of its questions those that are open or failed."""

    places: int
    open: int
    failed: int


def last_useful_at(*, starts_at: datetime, lead: timedelta) -> datetime:
    """The last moment at which a yes still leaves the patient time to come."""
    return starts_at - lead


def hold_ends_at(*, now: datetime, hold: timedelta, last_useful_at: datetime) -> datetime:
    """Until when the slot is held for a patient who is asked now."""
    return min(now + hold, last_useful_at)


def is_worth_asking(*, now: datetime, hold: timedelta, last_useful_at: datetime) -> bool:
    """Whether a question put now can still leave and be answered; a hold short by choice may be so."""
    return last_useful_at - now > min(hold, ANSWERING + LEAVING)


def is_of_use(*, now: datetime, hold_expires_at: datetime) -> bool:
    """Whether a hold that runs already leaves time to send its question anew and to answer it."""
    return hold_expires_at - now > ANSWERING + LEAVING


def pick(*, ranked: Sequence[Candidate], size: int) -> list[Candidate]:
    """The first `size` of those ranked, one for each phone: with two questions a yes is ambiguous."""
    by_phone: dict[str, Candidate] = {}
    for candidate in ranked:
        if len(by_phone) >= size:
            break
        by_phone.setdefault(candidate.phone, candidate)
    return list(by_phone.values())


def free_places(*, rounds: Sequence[Held], size: int) -> int:
    """How many of a slot's `size` places are free, given its rounds in order.

    A round keeps its places until none of its questions is open, so that those who said no, or nothing, are
    followed together. A question that failed gives its place back at once.
    """
    running = [number for number, held in enumerate(rounds) if held.open]
    if running and len(rounds) - running[0] > FOLLOW_UPS:
        return 0
    return max(0, size - sum(rounds[number].places - rounds[number].failed for number in running))
