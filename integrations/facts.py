"""What another system says of its calendar, whatever language it says it in. Pure: no Django.

A reader (integrations.hl7, .fhir, .drchrono) turns a message into facts, and integrations.applying turns
facts into calls of the verbs. A fact says how things stand, not what was done: the latest one about a visit
is the truth, so that messages may come twice and in any order. All times are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Standing(StrEnum):
    """How a visit stands."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class Doubt(StrEnum):
    """Why the time of a cancelled visit is not offered without a person's look."""

    TIMES_DISAGREE = "times_disagree"
    ABSURD_LENGTH = "absurd_length"


class Why(StrEnum):
    """Why a message cannot be acted on and waits for a person."""

    UNREADABLE = "unreadable"
    NO_KEY = "no_key"
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"
    NO_SUCH_LOCAL_TIME = "no_such_local_time"
    NO_PATIENT = "no_patient"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_PATIENT = "unknown_patient"
    CONTRADICTION = "contradiction"
    UNSUPPORTED = "unsupported"
    WRONG_RECEIVER = "wrong_receiver"
    # Somebody on the books has the same name, date of birth and phone.
    SAME_PERSON = "same_person"
    # Our fault: the log names it.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A word of the other system for a provider, a clinic, a kind of visit or a status."""

    value: str
    text: str = ""
    system: str = ""


class Park(Exception):
    """A message that waits for a person. `where` names the place in it, like SCH-11 or Appointment.start.

    Neither carries anything that the message says of a patient. `code` is the unknown one, which staff map.
    """

    def __init__(self, why: Why, where: str, *, code: Code | None = None) -> None:
        super().__init__(f"{why} at {where}")
        self.why = why
        self.where = where
        self.code = code
        # The VisitLink of a visit that does not stand yet: a later word of it may say what lacks here.
        self.visit_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is said of a patient. `ids` are those of the other system, the surest first; None is "not said".

    `is_silent`: must not be texted at all.
    """

    ids: tuple[str, ...]
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: date | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    is_active: bool | None = None
    is_dead: bool = False
    is_silent: bool = False
    primary_provider: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFact:
    """How one visit stands at `said_at`, and never why. `keys` name it there, the surest first.

    None is "not said": what is known already holds.
    """

    keys: tuple[str, ...]
    said_at: datetime
    standing: Standing
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    clinic: Code | None = None
    provider: Code | None = None
    visit_type: Code | None = None
    person: Person | None = None
    doubts: tuple[Doubt, ...] = ()
    # May be offered to the waitlist at all: a no-show's time is not, nor one that was entered in error.
    is_offerable: bool = True
    # Nobody knows since when it stands so: as with a backlog, nobody is texted because of it.
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFact:
    """What is known of a patient at `said_at`."""

    said_at: datetime
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeFact:
    """Two records of one patient are one: `gone` are ids used no more, `kept` is the patient that stays."""

    said_at: datetime
    gone: tuple[str, ...]
    kept: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFact:
    """A provider's time is blocked, or no longer."""

    keys: tuple[str, ...]
    said_at: datetime
    is_blocked: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    clinic: Code | None = None
    provider: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFact:
    """Somebody waits for an earlier time; `keys` name the wish in the other system.

    The wish ends when a visit is told of under one of its keys, however that stands.
    """

    keys: tuple[str, ...]
    said_at: datetime
    person: Person
    clinic: Code | None = None
    provider: Code | None = None
    visit_type: Code | None = None


Fact = VisitFact | PersonFact | MergeFact | BlockFact | WishFact
