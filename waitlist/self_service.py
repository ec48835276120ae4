"""What patients do on the page behind their link: join, say when they can come, pause, go on, leave.

The verbs of waitlist.joining do it, under the name "patient"; here is only what a link allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.consenting import PATIENT
from core import transitions
from waitlist import inviting, joining
from waitlist.joining import Window, Wish
from waitlist.models import Invitation, WaitlistEntry
from waitlist.states import EntryStatus


class LinkIsDead(Exception):
    """The link held when the page was shown, and does not any more."""


@transaction.atomic
def choose_times(*, invitation_id: int, windows: Sequence[Window], now: datetime) -> WaitlistEntry:
    """Say when an earlier visit would suit; whoever was invited to join is on the list with it.

    Raises LinkIsDead, and BadWish for a window that ends before it starts.
    """
    invitation = _locked(invitation_id, now)
    if invitation.entry_id is not None:
        changes = {"availability": windows}
        return joining.edit(entry_id=invitation.entry_id, changes=changes, by=PATIENT, now=now)
    wish = Wish(
        patient_id=invitation.patient_id,
        clinic_id=invitation.clinic_id,
        visit_type_id=invitation.visit_type_id or 0,
        provider_id=invitation.provider_id,
        availability=windows,
    )
    try:
        entry = joining.join(wish=wish, by=PATIENT, now=now)
    except joining.AlreadyWaiting:
        # Staff were faster: what the patient says of the times is said of that entry.
        entry = _waiting(wish)
        joining.edit(entry_id=entry.pk, changes={"availability": windows}, by=PATIENT, now=now)
    inviting.joined(invitation=invitation, entry=entry)
    return entry


@transaction.atomic
def pause(*, invitation_id: int, now: datetime) -> None:
    """Step aside for a while; a repeat changes nothing. Raises LinkIsDead."""
    _step(invitation_id, joining.pause, EntryStatus.PAUSED, now)


@transaction.atomic
def resume(*, invitation_id: int, now: datetime) -> None:
    """Wait again; a repeat changes nothing. Raises LinkIsDead."""
    _step(invitation_id, joining.resume, EntryStatus.WAITING, now)


@transaction.atomic
def leave(*, invitation_id: int, now: datetime) -> None:
    """Leave the list; the link is dead with it. Raises LinkIsDead."""
    invitation = _locked(invitation_id, now)
    if invitation.entry_id is not None:
        joining.remove(entry_id=invitation.entry_id, by=PATIENT, now=now)
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])


def _step(invitation_id: int, verb: object, to: EntryStatus, now: datetime) -> None:
    invitation = _locked(invitation_id, now)
    entry = invitation.entry
    if entry is None:
        raise LinkIsDead
    if entry.status != to:
        verb(entry_id=entry.pk, by=PATIENT, now=now)  # type: ignore[operator]


def _locked(invitation_id: int, now: datetime) -> Invitation:
    """The invitation while it holds. Its entry is locked first: a colleague may be taking it off the list."""
    seen = Invitation.objects.only("entry_id", "key").get(pk=invitation_id)
    if seen.entry_id is not None:
        WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=seen.entry_id)
    Invitation.objects.select_for_update(of=("self",)).get(pk=invitation_id)
    invitation = inviting.standing(key=seen.key, now=now)
    if invitation is None:
        raise LinkIsDead
    return invitation


def _waiting(wish: Wish) -> WaitlistEntry:
    found = WaitlistEntry.objects.in_line().filter(
        patient_id=wish.patient_id, visit_type_id=wish.visit_type_id, clinic_id=wish.clinic_id
    )
    entry = found.order_by("pk").first()
    if entry is None:
        raise transitions.StaleState(_("The list has changed in the meantime."))
    return entry
