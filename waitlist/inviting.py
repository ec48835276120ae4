"""Links to a patient's own page: made when staff send one, good for a while, and dead before that where the
patient no longer agrees to be contacted, can no longer be reached where it was sent, or has left the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import consenting, reaching
from clinic.models import Consent, Patient
from core import audit
from waitlist.models import Invitation, WaitlistEntry
from waitlist.states import EntryStatus

LASTS = timedelta(days=30)


class CannotInvite(Exception):
    """Nobody may be sent a link; the text says why, in words for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Whom to send a link, to what, and by which channel: to an entry, or to join for a kind of visit."""

    patient_id: int
    clinic_id: int
    channel: str
    entry_id: int | None = None
    visit_type_id: int | None = None
    provider_id: int | None = None


@transaction.atomic
def invite(*, invite: Invite, by: str, now: datetime) -> Invitation:
    """Make the link. Raises CannotInvite where the patient has not agreed to that channel."""
    patient = Patient.objects.get(pk=invite.patient_id)
    address = reaching.address(patient, invite.channel)
    consent = consenting.standing(patient_id=patient.pk, channel=invite.channel)
    if consent is None or not address or patient.status != Patient.Status.ACTIVE:
        raise CannotInvite(_("This patient has not agreed to be contacted, or cannot be reached."))
    invitation = Invitation.objects.create(
        patient=patient,
        clinic_id=invite.clinic_id,
        visit_type_id=invite.visit_type_id,
        provider_id=invite.provider_id,
        entry_id=invite.entry_id,
        consent=consent,
        channel=invite.channel,
        address=address,
        sent_by=by,
        sent_at=now,
        expires_at=now + LASTS,
    )
    audit.record(
        actor=by, verb="link.sent", obj=invitation, at=now, patient=patient.pk, entry=invite.entry_id
    )
    return invitation


def standing(*, key: UUID, now: datetime) -> Invitation | None:
    """The invitation of that key, with what its page needs; None where it no longer holds."""
    rows = Invitation.objects.filter(key=key, revoked_at=None, expires_at__gt=now)
    invitation = rows.select_related("patient", "clinic", "entry").first()
    return invitation if invitation is not None and holds(invitation) else None


def holds(invitation: Invitation) -> bool:
    """Whether its patient still agrees, is still reached where it went, and has not left the list."""
    patient, entry = invitation.patient, invitation.entry
    if reaching.addresses(patient).get(invitation.channel) != invitation.address:  # type: ignore[call-overload]
        return False
    if entry is not None and entry.status not in (EntryStatus.WAITING, EntryStatus.PAUSED):
        return False
    # Who took the word back and gave it again gets a new link: the phone may have somebody else by now.
    later = Consent.objects.on(patient_id=patient.pk, channel=invitation.channel)
    return not later.filter(pk__gt=invitation.consent_id, given=False).exists()


def last_sent(*, patient_id: int, clinic_id: int, since: datetime) -> Invitation | None:
    """The last link that this patient was sent since then for this clinic."""
    sent = Invitation.objects.filter(patient=patient_id, clinic=clinic_id, sent_at__gt=since)
    return sent.order_by("-pk").first()


def revoke_all(*, patient_id: int, address: str, now: datetime) -> int:
    """The address turns out not to be this patient's: no link that went there opens anything; how many."""
    sent = Invitation.objects.filter(patient=patient_id, address=address, revoked_at=None)
    return sent.update(revoked_at=now)


def joined(*, invitation: Invitation, entry: WaitlistEntry) -> None:
    """From now on the link leads to this entry. The caller is in a transaction."""
    invitation.entry = entry
    invitation.save(update_fields=["entry"])
