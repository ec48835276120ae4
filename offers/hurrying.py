"""The next round at once. Those who are being asked keep their time: the first YES wins, as ever."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, transitions
from offers import expiring, policy, rounds, slots
from offers.models import Cancellation
from offers.states import RUNNING, OfferStatus


@transaction.atomic
def next_round(*, cancellation_id: int, by: str, now: datetime) -> Cancellation:
    """Ask as many more as a round asks, beside those who are being asked.

    What these were told stays true: they may answer until their deadline. Raises StaleState where the slot is
    not running, its grace is not over, or nobody else may be asked.
    """
    slot = slots.locked(cancellation_id)
    slots.require(slot, *RUNNING)
    _check_time(slot, now)
    expiring.expire(slot=slot, now=now)
    pending = Q(offers__status=OfferStatus.PENDING)
    # By id: the rounds' arrays hold an item for every entry.
    running = slot.rounds.filter(pending).values("pk").distinct().count()
    if running >= policy.FOLLOW_UPS:
        raise transitions.StaleState(_("%(count)s rounds are being asked already.") % {"count": running})
    places = slot.clinic.round_size if running else None
    asked = rounds.start(slot=slot, places=places, now=now)
    if not asked:
        raise transitions.StaleState(_("Nobody else on the waitlist may be asked at this moment."))
    audit.record(actor=by, verb="slot.hurried", obj=slot, at=now, asked=asked)
    return slot


def _check_time(slot: Cancellation, now: datetime) -> None:
    if now < slot.grace_ends_at:
        raise transitions.StaleState(_("The first round comes when the grace time is over."))
    last = slots.last_useful_at(slot)
    if not policy.is_worth_asking(now=now, hold=slot.clinic.hold, last_useful_at=last):
        raise transitions.StaleState(_("It is too late to ask anybody else."))
    slots.require_time(slot)
