"""Sending a patient the link to the own page: as a text or an e-mail, through the outbox and its gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient
from core import transitions
from core.channels import Channel
from messaging import gate, outbox
from messaging.models import Kind, Message
from offers import channels, texts, wordings
from waitlist import inviting, links
from waitlist.inviting import CannotInvite, Invite
from waitlist.models import Invitation, WaitlistEntry
from waitlist.states import EntryStatus

# A second press, or a colleague's, within this time is a mistake.
AGAIN_AFTER = timedelta(minutes=10)
# A call cannot say a link, and WhatsApp takes approved words only.
_CARRIERS = (Channel.SMS, Channel.EMAIL)
NAME = "link"


def register() -> None:
    """Let the outbox ask here before a link leaves."""
    gate.register(Kind.LINK, may_leave)


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Whether the link still opens anything: it may have waited for the morning."""
    invitation = Invitation.objects.filter(pk=message.related.get("invitation")).only("key").first()
    if invitation is not None and inviting.standing(key=invitation.key, now=now) is None:
        return gate.Skip("revoked")
    return gate.Go(message.body)


@transaction.atomic
def send_to_entry(*, entry_id: int, by: str, now: datetime) -> Invitation:
    """Send the patient of an entry the link to it.

    Raises CannotInvite, and StaleState where the entry has left the list or a link was sent just now.
    """
    entry = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry_id)
    if entry.status not in (EntryStatus.WAITING, EntryStatus.PAUSED):
        raise transitions.StaleState(_("This patient is no longer on the waitlist."))
    return _send(
        Invite(patient_id=entry.patient_id, clinic_id=entry.clinic_id, channel="", entry_id=entry.pk), by, now
    )


@transaction.atomic
def invite(*, invite: Invite, by: str, now: datetime) -> Invitation:
    """Send a patient the link by which to join for a kind of visit; the channel is ours to choose.

    Raises CannotInvite, also for whoever waits for that already, and StaleState as above.
    """
    Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=invite.patient_id)
    waiting = WaitlistEntry.objects.in_line().filter(
        patient=invite.patient_id, clinic=invite.clinic_id, visit_type=invite.visit_type_id
    )
    if waiting.exists():
        raise CannotInvite(_("This patient waits for that already: send the link of that entry."))
    return _send(invite, by, now)


def _send(wanted: Invite, by: str, now: datetime) -> Invitation:
    """The caller's lock makes two presses take turns."""
    last = inviting.last_sent(
        patient_id=wanted.patient_id, clinic_id=wanted.clinic_id, since=now - AGAIN_AFTER
    )
    if last is not None:
        raise transitions.StaleState(_("%(who)s has sent a link a few minutes ago.") % {"who": last.sent_by})
    reached = channels.open_to([wanted.patient_id], name=NAME).get(wanted.patient_id, [])
    channel = next((channel for channel in reached if channel in _CARRIERS), None)
    if channel is None:
        raise CannotInvite(
            _("Neither a text nor an e-mail may be sent to this patient: see the patient's page.")
        )
    invitation = inviting.invite(invite=replace(wanted, channel=channel), by=by, now=now)
    outbox.queue(drafts=[_draft(invitation)], now=now)
    return invitation


def _draft(invitation: Invitation) -> outbox.Draft:
    patient, clinic = invitation.patient, Clinic.objects.get(pk=invitation.clinic_id)
    text = texts.compose(NAME, language=patient.language, clinic=clinic, channel=invitation.channel)
    ids = {"clinic": clinic.pk, "patient": patient.pk, "invitation": invitation.pk}
    fields = text.fields()
    fields["body"] = wordings.fill(text.body, {"link": links.to_own_page(invitation.key)})
    key = f"link:{invitation.pk}"
    return outbox.Draft(kind=Kind.LINK, to=invitation.address, key=key, related=ids, **fields)
