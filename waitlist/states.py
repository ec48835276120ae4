"""The states of a waitlist entry and the arrows between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EntryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    PAUSED = "paused", _("Paused")
    MATCHED = "matched", _("Matched")
    REMOVED = "removed", _("Removed")


ARROWS: dict[str, frozenset[str]] = {
    EntryStatus.WAITING: frozenset({EntryStatus.MATCHED, EntryStatus.REMOVED, EntryStatus.PAUSED}),
    EntryStatus.PAUSED: frozenset({EntryStatus.WAITING, EntryStatus.REMOVED, EntryStatus.MATCHED}),
    # A winner who drops out may wait again.
    EntryStatus.MATCHED: frozenset({EntryStatus.WAITING}),
}
