"""Offers by phone call: what is said on the line, what a key answers, and what happens when the call is over.

A call is the text of one offer by another channel: the same gate, hold, lock and answers. Only the words are
others, and the replies leave by being said (messaging.speaking).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from clinic.models import Clinic
from core.channels import ON_A_PHONE, Channel
from messaging import failing, outbox, senders, speaking
from messaging.models import Attention, Direction, Kind, Message
from messaging.speaking import Line, Part
from messaging.states import MessageStatus
from offers import channels, declining, slots, texts
from offers.models import Cancellation, Offer
from offers.speech import SPEECH
from offers.states import FILLABLE, OFFER_ARROWS, OfferStatus

QUESTION = "call_offer"
_PARTS = {
    Part.QUESTION: "call_closed",
    Part.AGAIN: "call_again",
    Part.GOODBYE: "call_goodbye",
    Part.WAIT: "call_wait",
    Part.STAFF: "call_for_staff",
}
# How a voice says what a text says.
_SAID = {
    "confirmation": "call_confirmation",
    "already_booked": "call_confirmation",
    "booking_stands": "call_booking_stands",
    "busy_then": "call_busy_then",
    "closed": "call_closed",
    "declined": "call_declined",
    "late_declined": "call_declined",
    "standby": "call_standby",
    "optout_notice": "call_optout_notice",
}
TEXTED = {**{said: name for name, said in _SAID.items()}, "call_for_staff": "for_staff"}
TEXTED |= {"call_confirmation": "confirmation", "call_declined": "declined"}
# Somebody who picks up may still say yes to these.
_MAY_SAY_YES = (OfferStatus.PENDING, OfferStatus.EXPIRED, OfferStatus.UNDELIVERABLE)


def register() -> None:
    """Give calls their words."""
    speaking.register(line, locale)


def line(part: Part, call: Message, now: datetime) -> Line:
    """What this part of the call says; of the question whether it still stands."""
    offers = Offer.objects.select_related("patient", "cancellation__clinic", "cancellation__provider")
    offer = offers.filter(pk=call.related.get("offer")).first()
    if offer is None:
        # Nothing is left of what the call was about.
        text = texts.compose(_PARTS[Part.STAFF], language=call.language, clinic=_clinic(call))
        return Line(words=text.body, locale=_locale(text.version))
    slot = offer.cancellation
    if part == Part.QUESTION and stands(offer, slot, now):
        return Line(words=call.body, locale=locale(call), asks=True)
    name, language = _PARTS[part], offer.patient.language
    text = texts.compose(name, language=language, clinic=slot.clinic, slot=slot)
    return Line(words=text.body, locale=_locale(text.version))


def stands(offer: Offer, slot: Cancellation, now: datetime) -> bool:
    """Whether somebody who picks up may still take the time."""
    is_free = slot.status in FILLABLE and now < slot.starts_at
    return is_free and offer.status in _MAY_SAY_YES and OfferStatus.ACCEPTED in OFFER_ARROWS[offer.status]


def locale(message: Message) -> str:
    """The language in which a message's words are said."""
    return _locale(message.template)


def say_instead(*, key: Message, now: datetime) -> int:
    """Have what answers a key said on the line and not texted; how many replies, which the caller queued."""
    queued = Message.objects.filter(direction=Direction.OUTBOUND, status=MessageStatus.QUEUED)
    replies = list(queued.filter(in_reply_to=key).order_by("pk"))
    for reply in replies:
        _put_into_speech(reply, now)
    return len(replies)


def _put_into_speech(reply: Message, now: datetime) -> None:
    slot = _slot(reply)
    name = _SAID.get(_name(reply.template), _PARTS[Part.STAFF])
    text = texts.compose(name, language=_language(reply.template), clinic=_clinic(reply), slot=slot)
    due_at = now + speaking.UNSAID_AFTER
    reply.channel, reply.body, reply.template = Channel.VOICE, text.body, text.version
    reply.subject, reply.next_attempt_at, reply.woken_at = "", due_at, None
    reply.save(update_fields=["channel", "subject", "body", "template", "next_attempt_at", "woken_at"])


@transaction.atomic
def tell_otherwise(*, message_id: int) -> str:
    """What was not said to its end, and is no offer, goes by the next channel, else a person tells it.

    The caller has written that it was not. Says what was done; "" where there is nothing to do.
    """
    spoken = Message.objects.filter(pk=message_id, channel=Channel.VOICE, direction=Direction.OUTBOUND)
    reply = spoken.exclude(kind__in=[Kind.OFFER, Kind.OPTOUT_NOTICE]).first()
    if reply is None:
        return ""
    offer = Offer.objects.select_related("patient").filter(pk=reply.related.get("offer")).first()
    slot = _slot(reply)
    channel = _otherwise(offer) if offer else None
    if offer is None or slot is None or channel is None:
        # Whoever let a call pass waits for nothing.
        owed = reply.in_reply_to_id is not None or reply.kind in failing.MUST_ARRIVE
        Message.objects.filter(pk=reply.pk).update(attention=Attention.NOT_SENT if owed else Attention.NONE)
        return "staff" if owed else ""
    key = f"{reply.logical_key}:unsaid"
    name = TEXTED.get(_name(reply.template), _name(reply.template))
    # Only here: the exchange itself stays where its patient answers.
    offer.channel = channel
    draft = texts.draft(name, offer=offer, slot=slot, key=key, reply_to=reply.in_reply_to_id)
    outbox.queue(drafts=[draft], now=reply.changed_at)
    Message.objects.filter(pk=reply.pk).update(attention=Attention.NONE)
    return str(channel)


def _otherwise(offer: Offer) -> Channel | None:
    """By what else the patient may be told: only with consent, since a key is no text from them."""
    found = channels.open_to([offer.patient_id]).get(offer.patient_id, [])
    is_same_phone = offer.patient.phone == offer.phone
    left = (each for each in found if each != Channel.VOICE and (is_same_phone or each not in ON_A_PHONE))
    return next(left, None)


def over(*, offer_ids: Sequence[int]) -> list[int]:
    """Those of the offers whose call is over, with no key left to be answered."""
    if not offer_ids or not senders.is_on(Channel.VOICE):
        return []
    unanswered = Message.objects.filter(in_reply_to=OuterRef("pk"), status=MessageStatus.RECEIVED)
    ended = Message.objects.filter(channel=Channel.VOICE, kind=Kind.OFFER, status=MessageStatus.DELIVERED)
    # One by one, as the index on `related` can be asked.
    about = [Q(related__contains={"offer": pk}) for pk in offer_ids]
    ended = ended.filter(functools.reduce(operator.or_, about)).exclude(Exists(unanswered))
    return [related["offer"] for related in ended.order_by("pk").values_list("related", flat=True)]


@transaction.atomic
def ended(*, message_id: int, now: datetime) -> bool:
    """A call is over: without an answer its place is free at once. False: it was answered, or is to be.

    An expired offer is not the end of it: a late YES still wins while the slot is free.
    """
    asked = _offer_of(message_id)
    if asked is None:
        return False
    slots.locked(asked.cancellation_id)
    pending = Offer.objects.filter(pk=asked.pk, status=OfferStatus.PENDING)
    if asked.pk not in over(offer_ids=[asked.pk]) or not pending.exists():
        return False
    pending.filter(hold_expires_at__gt=now).update(hold_expires_at=now)
    return declining.end(offer_id=asked.pk, to=OfferStatus.EXPIRED, now=now)


def _offer_of(call_id: int | None) -> Offer | None:
    calls = Message.objects.filter(pk__in=[call_id], channel=Channel.VOICE)
    related = calls.values_list("related", flat=True).first()
    return Offer.objects.filter(pk=related.get("offer")).only("cancellation_id").first() if related else None


def _slot(message: Message) -> Cancellation | None:
    about = Cancellation.objects.filter(pk=message.related.get("cancellation"))
    return about.select_related("clinic", "provider").first()


def _clinic(message: Message) -> Clinic:
    return Clinic.objects.filter(pk=message.related.get("clinic")).first() or Clinic(sms_name="")


def _name(version: str) -> str:
    return version.partition("/")[0]


def _language(version: str) -> str:
    return version.partition("/")[2].partition("@")[0]


def _locale(version: str) -> str:
    return SPEECH.get(_language(version), SPEECH["en"]).locale
