"""The last look before an offer leaves, under the slot's lock. The hold starts here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from clinic import reaching
from clinic.models import Appointment, Patient
from core import prepared, rows, transitions
from core.channels import Channel
from messaging import gate, optout, receipts, resending
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from offers import (
    calls,
    confirming,
    declining,
    expiring,
    keys,
    permitting,
    policy,
    shadowing,
    silencing,
    slots,
    testing,
    texts,
    timing,
)
from offers.models import Cancellation, Offer
from offers.states import OFFER_ARROWS, RUNNING, CancellationStatus, OfferStatus
from waitlist.states import EntryStatus

LOOK_AGAIN = timedelta(seconds=15)


def register() -> None:
    """Let the outbox ask here before it sends an offer, or says that one is off."""
    gate.register_bar(shadowing.BARRED, shadowing.IS_BARRED)
    gate.register(Kind.OFFER, may_leave)
    gate.register(Kind.TAKEN, may_be_told)
    gate.register(Kind.EXPIRED, may_be_told)
    gate.register(Kind.CONFIRMATION, may_be_confirmed)
    gate.register(Kind.UNDONE, may_be_undone)
    gate.register(Kind.TEST, testing.may_leave)
    gate.register_undo(Kind.OFFER, did_not_leave)
    gate.register_permit(permitting.may_leave)


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip | gate.Later:
    """Whether the offer still stands; with its words, which name the deadline that starts now."""
    asked = {"cancellation_id": message.related.get("cancellation"), "offer_id": message.related["offer"]}
    try:
        slot, offer = slots.locked_with_offer(**asked)
    except Cancellation.DoesNotExist:
        return gate.Skip("stale")
    if offer is None or offer.status != OfferStatus.PENDING:
        return gate.Skip("stale")
    if slot.status == CancellationStatus.PAUSED:
        return gate.Later(now + LOOK_AGAIN)
    if slot.status not in RUNNING:
        return gate.Skip("stale")
    consent = permitting.consent_of(offer.patient, message)
    barred = _somebody_else(offer, message) or _barred(slot, offer, message, now)
    barred = barred or ("" if consent else "no_consent")
    if barred or not consent:
        return _drop(slot, offer, OfferStatus.WITHDRAWN, barred, now)
    return _start_hold(slot, offer, consent, message.channel, now)


def _somebody_else(offer: Offer, message: Message) -> str:
    """The number may be somebody else's, and the e-mail address the patient's own."""
    if message.channel == Channel.EMAIL:
        return ""
    silenced = silencing.is_silenced(patient_id=offer.patient_id, phone=offer.phone)
    return "wrong_number" if silenced else ""


def _barred(slot: Cancellation, offer: Offer, message: Message, now: datetime) -> str:
    """Why this patient must not be asked any more, or not now; "" where nothing is against it."""
    patient = offer.patient
    if offer.entry.status != EntryStatus.WAITING:
        return "left_waitlist"
    if patient.status != Patient.Status.ACTIVE:
        return "not_active"
    if optout.is_suppressed(message.to):
        return "opted_out"
    if reaching.addresses(patient).get(Channel(message.channel)) != message.to:
        return "no_consent"
    if offer.hold_expires_at and not policy.is_of_use(now=now, hold_expires_at=offer.hold_expires_at):
        # It went by another channel before, in vain, and that took too long.
        return "too_late"
    # Not put off until the window opens: the place goes to somebody who is awake.
    opens = timing.opens_at(patient=patient, clinic=slot.clinic, now=now)
    if opens != now:
        return "outside_hours"
    last = slots.last_useful_at(slot)
    is_in_time = policy.is_worth_asking(now=now, hold=slot.clinic.hold, last_useful_at=last)
    return "" if is_in_time else "too_late"


def _is_somebody_else_s(message: Message) -> bool:
    patient_id = message.related.get("patient")
    if message.channel == Channel.EMAIL:
        return False
    return patient_id is not None and silencing.is_silenced(patient_id=patient_id, phone=message.to)


def may_be_told(message: Message, now: datetime) -> gate.Go | gate.Skip | gate.Later:
    """Whether the patient has seen the question that is off: who was never asked is told nothing."""
    offer_id = message.related.get("offer")
    picked_up, questions = receipts.RANKS["in-progress"], keys.questions(offer_id)
    about = permitting.about(message, _OF_QUESTION, picked_up=picked_up, questions=questions)
    is_silenced, states = about.also[0], set(about.also[1])
    if is_silenced and message.channel != Channel.EMAIL:
        return gate.Skip("wrong_number")
    in_doubt = bool(states & {MessageStatus.SENDING, MessageStatus.UNKNOWN})
    if not states or states - {MessageStatus.SENDING, MessageStatus.UNKNOWN, *expiring.LOST}:
        return gate.Go(message.body, known=about)
    silent = Offer.objects.filter(pk=offer_id, responded_at=None).exists()
    if message.in_reply_to_id is not None or not silent:
        return gate.Go(message.body)
    return gate.Later(now + LOOK_AGAIN) if in_doubt else gate.Skip("never_asked")


# Whether the number is known as somebody else's, and the states of the question that is off: a phone that
# rings has told nothing yet.
_OF_QUESTION = f"""
    EXISTS ({silencing.SILENCED}),
    ARRAY(SELECT CASE WHEN status = 'sent' AND channel = 'voice' AND status_rank < %(picked_up)s
        THEN 'unknown' ELSE status END FROM messaging_message WHERE logical_key = ANY(%(questions)s))
"""  # noqa: S608 - constants of ours


def may_be_confirmed(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Not on somebody else's number; any further try only while the visit is to come and still theirs."""
    is_silenced, is_released = _since_booked(message)
    if is_silenced and message.channel != Channel.EMAIL:
        return gate.Skip("wrong_number")
    if "appointment" in message.related:
        return confirming.may_leave(message, now)
    if resending.is_first(message) and not is_released:
        return gate.Go(message.body)
    visits = Appointment.objects.active().filter(fills_slot=message.related["cancellation"])
    theirs = visits.filter(patient_id=message.related["patient"], starts_at__gt=now)
    return gate.Go(message.body) if theirs.exists() else gate.Skip("stale")


def _since_booked(message: Message) -> tuple[bool, bool]:
    """Whether the number is known as somebody else's, and whether the booking has been taken back."""
    about = message.related
    asked = {"patient": about.get("patient"), "phone": message.to, "offer": about.get("offer")}
    with prepared.cursor() as cursor:
        cursor.execute(_SINCE_BOOKED, {**asked, "about": json.dumps(about)})
        is_silenced, is_released = cursor.fetchone()
    return is_silenced, is_released


# Before its patient heard of it.
_SINCE_BOOKED = f"""
    SELECT EXISTS ({silencing.SILENCED}), CASE WHEN %(offer)s::bigint IS NOT NULL
        THEN EXISTS (SELECT FROM offers_offer WHERE id = %(offer)s AND status = 'released')
        ELSE EXISTS (SELECT FROM messaging_message WHERE kind = 'undone' AND related @> %(about)s::jsonb
            AND related = %(about)s::jsonb) END
"""  # noqa: S608 - constants of ours


def may_be_undone(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Whoever relies on a booking hears that there is none, unless the number is somebody else's."""
    return gate.Skip("wrong_number") if _is_somebody_else_s(message) else gate.Go(message.body)


def did_not_leave(message: Message, now: datetime) -> None:
    """The provider certainly did not take the offer: the hold starts again with the next attempt."""
    asked = Offer.objects.filter(pk=message.related["offer"]).only("cancellation_id").first()
    if asked is None:
        return
    slots.locked(asked.cancellation_id)
    Offer.objects.filter(pk=asked.pk, status=OfferStatus.PENDING).update(hold_expires_at=None)


def _start_hold(
    slot: Cancellation, offer: Offer, consent: Mapping[str, int], channel: str, now: datetime
) -> gate.Go:
    clinic, patient = slot.clinic, offer.patient
    # A question that went by another channel before keeps its deadline.
    until = offer.hold_expires_at or policy.hold_ends_at(
        now=now, hold=clinic.hold, last_useful_at=slots.last_useful_at(slot)
    )
    rows.update(offer, {"hold_expires_at": until, "channel": channel})
    step = min(slot.next_step_at, until) if slot.next_step_at else until
    slots.touch(slot, next_step_at=step, changed_at=now)
    name = calls.QUESTION if channel == Channel.VOICE else "offer"
    text = texts.compose(
        name, language=patient.language, clinic=clinic, slot=slot, until=until, channel=channel
    )
    receipt = permitting.offer_receipt(
        patient=patient, clinic=clinic, consent=consent, template=text.version, now=now
    )
    go = gate.Go(text.body, valid_until=until, permission=receipt)
    return replace(go, subject=text.subject, language=text.language, content=text.content)


def _drop(slot: Cancellation, offer: Offer, to: OfferStatus, reason: str, now: datetime) -> gate.Skip:
    transitions.move(offer, to=to, arrows=OFFER_ARROWS)
    declining.next_if_free(slot=slot, now=now)
    return gate.Skip(reason)
