"""The same message over the next channel, where one will never arrive by the channel that it took."""

from __future__ import annotations

from datetime import datetime

from clinic import reaching
from clinic.models import Appointment, Patient
from core.channels import Channel
from messaging import errors, outbox
from messaging.models import Kind, Message
from messaging.senders import CHANNEL_OFF
from messaging.states import MessageStatus
from offers import channels, keys, policy, texts, wordings
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
    channel = _next_channel(message, patient) if patient else None
    if patient is None or channel is None:
        return False
    outbox.queue(drafts=[_draft(message, patient, channel)], now=now)
    return True


def _failed_for_good(message: Message) -> bool:
    if message.channel == Channel.VOICE and message.kind != "offer":
        # What a call did not get to say has words of its own: see offers.calls.
        return False
    if message.kind in (Kind.STAFF, Kind.LINK):
        # Made for that address: staff see that it did not arrive, and choose another way.
        return False
    if message.status in _FAILED:
        return errors.of(message.error_code).permanent
    return message.status == MessageStatus.SKIPPED and message.skip_reason in _BARRED


def _is_of_use(message: Message, now: datetime) -> bool:
    if message.kind != "offer":
        return True
    offer = Offer.objects.filter(pk=message.related.get("offer"), status=OfferStatus.PENDING).first()
    if offer is None:
        return False
    until = offer.hold_expires_at
    return until is None or policy.is_of_use(now=now, hold_expires_at=until)


def _next_channel(message: Message, patient: Patient) -> Channel | None:
    again = Message.objects.filter(logical_key__in=keys.everywhere(message.logical_key or ""))
    tried = {message.channel, *again.order_by("pk").values_list("channel", flat=True)}
    left = channels.open_to([patient.pk]).get(patient.pk, [])
    return next((channel for channel in left if channel not in tried), None)


def _about(message: Message) -> Cancellation | Appointment | None:
    """The slot that the message is about, else the visit."""
    for name, model in (("cancellation", Cancellation), ("appointment", Appointment)):
        rows = model._default_manager.select_related("clinic", "provider")
        found: Cancellation | Appointment | None = rows.filter(pk=message.related.get(name)).first()
        if found is not None:
            return found
    return None


def _draft(message: Message, patient: Patient, channel: Channel) -> outbox.Draft:
    name = message.template.partition("/")[0]
    about = _about(message)
    fields = {"body": message.body, "channel": channel, "language": patient.language}
    if message.kind == "offer":
        # Its gate makes the words.
        fields["body"] = ""
    elif name in wordings.RULES and about is not None:
        text = texts.compose(
            name, language=patient.language, clinic=about.clinic, slot=about, channel=channel
        )
        fields = text.fields()
    return outbox.Draft(
        kind=message.kind,
        to=reaching.address(patient, str(fields["channel"])),
        key=keys.over(message.logical_key or "", channel),
        related=message.related,
        priority=message.priority,
        in_reply_to_id=message.in_reply_to_id,
        **fields,  # type: ignore[arg-type]
    )
