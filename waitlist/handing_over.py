"""A wish becomes somebody else's: two records on the books are of one person."""

from __future__ import annotations

from datetime import datetime

from waitlist import joining
from waitlist.joining import Window, Wish
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

REASON = "the patient's record was merged"


def hand_over(*, entry: WaitlistEntry, patient_id: int, by: str, now: datetime) -> WaitlistEntry | None:
    """Put the wish anew for another patient, with its place in line; None where that one waits already.

    Who pauses goes on pausing. The caller holds the entry, which is in line; it is removed.
    """
    is_paused = entry.status == EntryStatus.PAUSED
    joining.remove(entry_id=entry.pk, by=by, now=now, reason=REASON)
    names = [name for name in Wish.__slots__ if name not in ("availability", "patient_id", "is_paused")]
    fields = {name: getattr(entry, name) for name in names}
    windows = [Window(one.weekday, one.start, one.end) for one in entry.availability.order_by("pk")]
    wish = Wish(patient_id=patient_id, availability=windows, is_paused=is_paused, **fields)
    try:
        return joining.join(wish=wish, by=by, now=now)
    except joining.JoiningError:
        return None
