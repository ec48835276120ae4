"""The states of a waitlist entry and the arrows between them."""

from django.db import models


class EntryStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    PAUSED = "paused", "Paused"
    MATCHED = "matched", "Matched"
    REMOVED = "removed", "Removed"


ARROWS: dict[str, frozenset[str]] = {
    EntryStatus.WAITING: frozenset({EntryStatus.MATCHED, EntryStatus.REMOVED, EntryStatus.PAUSED}),
    EntryStatus.PAUSED: frozenset({EntryStatus.WAITING, EntryStatus.REMOVED, EntryStatus.MATCHED}),
    # A winner who drops out may wait again.
    EntryStatus.MATCHED: frozenset({EntryStatus.WAITING}),
}
