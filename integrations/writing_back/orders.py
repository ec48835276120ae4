"""What an EHR is asked to write down, and the three answers there are. Pure: no Django, no network.

An order is about one visit. `Booked` and `Refused` are certain. `Unknown` says what to do next: send it again
where the EHR certainly has not taken it, ask where nobody can know, or leave it to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from integrations.facts import Code


class What(StrEnum):
    """What is to be done with the visit over there."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"


class Then(StrEnum):
    """What follows where the outcome is unknown."""

    # It was certainly not taken: the same order may go again.
    REPEAT = "repeat"
    # It may have been taken: the EHR is asked before anything else is done.
    ASK = "ask"
    # Neither helps: somebody has to look.
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The patient as the EHR knows one; `id` is the EHR's, in the form of its feed's keys."""

    id: str
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to be written down. Codes are the EHR's own; times are aware, `zone` is the clinic's.

    `placer` is our number of the visit and never changes; `control_id` is that of this order, the same each
    time it is sent. `key` is what the EHR calls the visit, "" where it has not said so yet.
    """

    what: What
    placer: str
    control_id: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    patient: Who
    clinic: Code | None
    provider: Code | None
    visit_type: Code | None = None
    key: str = ""

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Booked:
    """The EHR has done it; `key` is what it calls the visit, "" where it does not say."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The EHR has not done it and will not. `code` is its code, never its words, which may name somebody."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows, or not yet. `reason` is a code; `wait` is how long the EHR wants us to stay away.

    `give_up_after`: how old an order may be that is still repeated, where that is shorter than usual.
    """

    reason: str
    then: Then
    wait: timedelta | None = None
    give_up_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """Asked, the EHR knows no such visit: the order was not taken and may go again."""


Outcome = Booked | Refused | Unknown
Found = Booked | Refused | Unknown | Absent


class Adapter(Protocol):
    """A way into one EHR. Neither call raises, and neither waits longer than its time-out."""

    def write(self, order: Order) -> Outcome:
        """Ask for it."""

    def ask(self, order: Order) -> Found:
        """What became of an order of which nobody knows. Changes nothing, or nothing twice."""
