"""Whether the EHR still has to be told, and what: looked at anew each time before something is sent.

What the EHR has said itself since, by its feed, is the best answer of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.models import Appointment
from clinic.states import ACTIVE, AppointmentStatus
from integrations import latest
from integrations.facts import Standing
from integrations.models import VisitLink, WriteBack, WriteBackStatus
from integrations.models.write_back import OPEN
from integrations.writing_back import describing
from integrations.writing_back.orders import What

LOOK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Tell it; `key` is what the EHR calls the visit."""

    what: What
    key: str


@dataclass(frozen=True, slots=True)
class Later:
    """Something else has to be through first."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is to be sent; the row ends, or waits for a person `instead_of` those rows."""

    status: WriteBackStatus
    reason: str = ""
    instead_of: tuple[int, ...] = ()


Verdict = Go | Later | Over


def look(*, row: WriteBack, now: datetime) -> Verdict:
    """What is to be done about a due row. The caller holds it; nothing else is locked."""
    if is_heard(row):
        return Over(WriteBackStatus.DONE, "heard")
    earlier = _earlier(row)
    by_hand = [other for other in earlier if other.status == WriteBackStatus.BY_HAND]
    if by_hand:
        # A person was to enter what is no longer so, and may have done it: one task instead of two.
        return Over(WriteBackStatus.BY_HAND, "may be there", instead_of=tuple(other.pk for other in by_hand))
    if any(other.status in OPEN for other in [*earlier, *_booked_with(row)]):
        return Later(now + LOOK_AGAIN)
    key = describing.key_of(row)
    # Ours, and nothing of it has ever got there.
    is_unknown_there = not key and all(other.status != WriteBackStatus.DONE for other in earlier)
    if is_unknown_there and row.appointment.source == Appointment.Source.IMPORT:
        # A file brought it: it stands there under a number that nobody has told us.
        return Over(WriteBackStatus.BY_HAND, "from a file")
    if row.what == What.CANCEL:
        return _cancel(row, key, is_unknown_there)
    if row.appointment.status not in ACTIVE and row.status == WriteBackStatus.QUEUED:
        # Off or moved before anybody was told of it: the rows of what came after say the rest.
        return Over(WriteBackStatus.NEEDLESS)
    if row.appointment.starts_at <= now:
        return Over(WriteBackStatus.BY_HAND, "too late")
    is_new = row.what == What.BOOK or is_unknown_there
    return Go(what=What.BOOK if is_new else What.MOVE, key="" if is_new else key)


def is_heard(row: WriteBack) -> bool:
    """Whether the EHR's own feed says by now what it was to be told."""
    link = VisitLink.objects.filter(appointment__in=describing.chain_of(row.appointment)).first()
    if link is None or latest.STANDING not in link.known:
        return False
    is_off = latest.standing(link.known) == Standing.CANCELLED
    if row.what == What.CANCEL:
        return is_off
    interval = latest.interval(link.known)
    return not is_off and interval is not None and interval[0] == row.appointment.starts_at


def _cancel(row: WriteBack, key: str, is_unknown_there: bool) -> Verdict:
    if is_unknown_there:
        return Over(WriteBackStatus.NEEDLESS)
    if row.appointment.status != AppointmentStatus.CANCELLED:
        return Over(WriteBackStatus.NEEDLESS, "stands again")
    return Go(what=What.CANCEL, key=key)


def _earlier(row: WriteBack) -> list[WriteBack]:
    """What was owed before about this visit, whatever became of it."""
    rows = WriteBack.objects.filter(appointment__in=describing.chain_of(row.appointment), source=row.source)
    return list(rows.filter(pk__lt=row.pk).order_by("pk"))


def _booked_with(row: WriteBack) -> list[WriteBack]:
    """For a cancellation: what its patient was booked and the EHR has still to learn.

    An earlier time is won by giving up a later one: were that cancelled there first, and the new one refused,
    the patient would have neither.
    """
    if row.what != What.CANCEL:
        return []
    theirs = WriteBack.objects.filter(appointment__patient=row.appointment.patient_id, status__in=OPEN)
    return list(theirs.exclude(what=What.CANCEL).exclude(appointment=row.appointment).order_by("pk"))
