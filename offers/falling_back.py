"""The same message over the next channel, where one will never arrive by the channel that it took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clinic import reaching
from clinic.models import Appointment, Clinic, Patient
from core.channels import Channel
from messaging import errors, keys, outbox, resending
from messaging.models import Kind, Message
from messaging.senders import CHANNEL_OFF
from messaging.states import MessageStatus
from offers import channels, policy, texts, wordings
from offers.models import Cancellation, Offer
from offers.states import OfferStatus

_FAILED = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)
# Why a message that was skipped would never have arrived.
_BARRED = ("unusable_number", "barred_words", CHANNEL_OFF)


def owe_next(*, message_id: int, now: datetime) -> bool:
    """Owe a message that failed for good once more, by the patient's next channel; False: there is none.

    It runs in the transaction that writes the failure, so that a seat is never free in between, and locks
    nothing: the message's key and its gate decide. Never twice by one channel.
    """
    # Whose words are about no slot, outreach.greeting_settling carries on.
    message = Message.objects.filter(pk=message_id).exclude(kind=Kind.GREETING).first()
    if message is None or not _failed_for_good(message) or not _is_of_use(message, now):
        return False
    patient = Patient.objects.filter(pk=message.related.get("patient")).first()
    draft = _by_next(message, patient) if patient else None
    if draft is None:
        return False
    outbox.queue(drafts=[draft], now=now)
    return True


def _failed_for_good(message: Message) -> bool:
    if message.kind == Kind.OPTOUT_NOTICE or _is_unsaid(message):
        return False
    if message.kind in (Kind.STAFF, Kind.LINK):
        # Made for that address: staff see that it did not arrive, and choose another way.
        return False
    if message.status in _FAILED:
        found = errors.of(message.error_code)
        # What may pass has had its one later try.
        return found.permanent or (found.again_later and resending.is_second(message))
    return message.status == MessageStatus.SKIPPED and message.skip_reason in _BARRED


def _is_unsaid(message: Message) -> bool:
    """What a call did not get to say has words of its own: see offers.calls."""
    return message.channel == Channel.VOICE and message.kind != Kind.OFFER


def _is_of_use(message: Message, now: datetime) -> bool:
    if message.kind == Kind.OFFER:
        offer = Offer.objects.filter(pk=message.related.get("offer"), status=OfferStatus.PENDING).first()
        until = offer.hold_expires_at if offer else None
        return offer is not None and (until is None or policy.is_of_use(now=now, hold_expires_at=until))
    about = _about(message)
    # Whoever has asked is answered; else there is nothing to say of a visit that has begun.
    return about is None or about.starts_at > now or message.in_reply_to_id is not None


def _about(message: Message) -> Cancellation | Appointment | None:
    """The slot or the visit that a message is about."""
    beside = ("clinic", "provider")
    if slot := message.related.get("cancellation"):
        return Cancellation.objects.select_related(*beside).filter(pk=slot).first()
    visit = message.related.get("appointment")
    return Appointment.objects.select_related(*beside).filter(pk=visit).first() if visit else None


def _by_next(message: Message, patient: Patient) -> outbox.Draft | None:
    """The draft for the first channel that is open to the patient and was not tried; None: none is left."""
    again = Message.objects.filter(logical_key__in=keys.everywhere(message.logical_key or ""))
    tried = {message.channel, *again.order_by("pk").values_list("channel", flat=True)}
    if message.kind != Kind.OFFER:
        # Nobody is rung up but for an offer.
        tried.add(Channel.VOICE)
    # An offer's gate makes its words: one that never got there has no template yet.
    name = "offer" if message.kind == Kind.OFFER else message.template.partition("/")[0]
    left = channels.open_to([patient.pk], name=name).get(patient.pk, [])
    drafts = (_draft(message, name, patient, channel) for channel in left)
    # What a channel has no words for is a text, and that may have been tried.
    return next((draft for draft in drafts if draft and draft.channel not in tried), None)


def _draft(message: Message, name: str, patient: Patient, channel: Channel) -> outbox.Draft | None:
    fields: dict[str, Any] = {"body": "", "channel": channel, "language": patient.language}
    if message.kind != Kind.OFFER:
        about = _about(message)
        clinic = about.clinic if about else Clinic.objects.filter(pk=message.related.get("clinic")).first()
        if clinic is None or not wordings.can_say(name, of_slot=about is not None):
            return None
        text = texts.compose(name, language=patient.language, clinic=clinic, slot=about, channel=channel)
        fields = text.fields()
    return outbox.Draft(
        kind=message.kind,
        to=reaching.address(patient, str(fields["channel"])),
        key=keys.over(message.logical_key or "", str(fields["channel"])),
        related=message.related,
        priority=message.priority,
        in_reply_to_id=message.in_reply_to_id,
        **fields,
    )
