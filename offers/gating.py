"""The last look before an offer leaves, under the slot's lock. The hold starts here."""

from __future__ import annotations

from datetime import datetime, timedelta

from clinic.models import Patient
from core import transitions
from messaging import gate, hours, optout
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from offers import declining, expiring, policy, silencing, slots, texts
from offers.models import Cancellation, Offer
from offers.states import OFFER_ARROWS, RUNNING, CancellationStatus, OfferStatus
from waitlist.states import EntryStatus

# A question that leaves less than this to answer is not put.
SHORTEST_HOLD = timedelta(seconds=5)
LOOK_AGAIN = timedelta(seconds=15)


def register() -> None:
    """Let the outbox ask here before it sends an offer, or says that one is off."""
    gate.register(Kind.OFFER, may_leave)
    gate.register(Kind.CONFIRMATION, may_be_confirmed)
    gate.register(Kind.TAKEN, may_be_told)
    gate.register(Kind.EXPIRED, may_be_told)
    gate.register_undo(Kind.OFFER, did_not_leave)


def may_leave(message: Message, now: datetime) -> gate.Go | gate.Skip | gate.Later:
    """Whether the offer still stands; with its words, which name the deadline that starts now."""
    asked = Offer.objects.filter(pk=message.related["offer"]).only("cancellation_id").first()
    if asked is None:
        return gate.Skip("stale")
    slot = slots.locked(asked.cancellation_id)
    offers = Offer.objects.select_related("patient", "entry").annotate(is_silenced=silencing.of_offer())
    offer = offers.get(pk=asked.pk)
    if offer.status != OfferStatus.PENDING:
        return gate.Skip("stale")
    if slot.status == CancellationStatus.PAUSED:
        return gate.Later(now + LOOK_AGAIN)
    if slot.status not in RUNNING:
        return gate.Skip("stale")
    barred = "wrong_number" if offer.is_silenced else _barred(offer)
    if barred:
        return _drop(slot, offer, OfferStatus.WITHDRAWN, barred, now)
    return _start_hold(slot, offer, now)


def _barred(offer: Offer) -> str:
    """Why this patient must not be asked any more; "" where nothing is against it."""
    patient = offer.patient
    if offer.entry.status != EntryStatus.WAITING:
        return "left_waitlist"
    if patient.status != Patient.Status.ACTIVE:
        return "not_active"
    if not patient.sms_consent or patient.phone != offer.phone:
        return "no_consent"
    return "opted_out" if optout.is_suppressed(offer.phone) else ""


def _is_somebody_else_s(message: Message) -> bool:
    patient_id = message.related.get("patient")
    return patient_id is not None and silencing.is_silenced(patient_id=patient_id, phone=message.to)


def may_be_confirmed(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Whether the booking may be named on this number: not where it is somebody else's."""
    if _is_somebody_else_s(message):
        return gate.Skip("wrong_number")
    return gate.Go(message.body)


def may_be_told(message: Message, now: datetime) -> gate.Go | gate.Skip | gate.Later:
    """Whether the patient has seen the question that is off: who was never asked is told nothing."""
    if _is_somebody_else_s(message):
        return gate.Skip("wrong_number")
    offer_id = message.related.get("offer")
    question = Message.objects.filter(logical_key=f"offer:{offer_id}").order_by("pk")
    status = question.values_list("status", flat=True).first()
    in_doubt = status in (MessageStatus.SENDING, MessageStatus.UNKNOWN)
    if not in_doubt and status not in expiring.LOST:
        return gate.Go(message.body)
    silent = Offer.objects.filter(pk=offer_id, responded_at=None).exists()
    if message.in_reply_to_id is not None or not silent:
        return gate.Go(message.body)
    return gate.Later(now + LOOK_AGAIN) if in_doubt else gate.Skip("never_asked")


def did_not_leave(message: Message, now: datetime) -> None:
    """The provider certainly did not take the offer: the hold starts again with the next attempt."""
    asked = Offer.objects.filter(pk=message.related["offer"]).only("cancellation_id").first()
    if asked is None:
        return
    slots.locked(asked.cancellation_id)
    Offer.objects.filter(pk=asked.pk, status=OfferStatus.PENDING).update(hold_expires_at=None)


def _start_hold(slot: Cancellation, offer: Offer, now: datetime) -> gate.Go | gate.Skip | gate.Later:
    clinic = slot.clinic
    start, end = clinic.contact_hours
    opens = hours.next_open(now=now, zone=clinic.zone, start=start, end=end)
    if opens > now:
        return gate.Later(opens)
    last = slots.last_useful_at(slot)
    until = policy.hold_ends_at(now=now, hold=clinic.hold, last_useful_at=last)
    if last - now <= SHORTEST_HOLD:
        return _drop(slot, offer, OfferStatus.WITHDRAWN, "too_late", now)
    Offer.objects.filter(pk=offer.pk).update(hold_expires_at=until)
    step = min(slot.next_step_at, until) if slot.next_step_at else until
    slots.touch(slot, next_step_at=step, changed_at=now)
    body = texts.render("offer", language=offer.patient.language, clinic=clinic, slot=slot, until=until)
    return gate.Go(body, valid_until=until)


def _drop(slot: Cancellation, offer: Offer, to: OfferStatus, reason: str, now: datetime) -> gate.Skip:
    transitions.move(offer, to=to, arrows=OFFER_ARROWS)
    declining.next_if_last(slot=slot, now=now)
    return gate.Skip(reason)
