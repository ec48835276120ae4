"""The last look before an offer leaves, under the slot's lock. The hold starts here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from clinic.models import Appointment, Patient
from core import transitions
from messaging import gate, optout, resending
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from offers import declining, expiring, permitting, policy, silencing, slots, texts, timing
from offers.models import Cancellation, Offer
from offers.states import OFFER_ARROWS, RUNNING, CancellationStatus, OfferStatus
from waitlist.states import EntryStatus

LOOK_AGAIN = timedelta(seconds=15)


def register() -> None:
    """Let the outbox ask here before it sends an offer, or says that one is off."""
    gate.register(Kind.OFFER, may_leave)
    gate.register(Kind.TAKEN, may_be_told)
    gate.register(Kind.EXPIRED, may_be_told)
    gate.register(Kind.CONFIRMATION, may_be_confirmed)
    gate.register_undo(Kind.OFFER, did_not_leave)
    gate.register_permit(permitting.may_leave)


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
    consent = permitting.consent_of(offer.patient, message)
    barred = "wrong_number" if offer.is_silenced else _barred(slot, offer, now)
    barred = barred or ("" if consent else "no_consent")
    if barred or not consent:
        return _drop(slot, offer, OfferStatus.WITHDRAWN, barred, now)
    return _start_hold(slot, offer, consent, now)


def _barred(slot: Cancellation, offer: Offer, now: datetime) -> str:
    """Why this patient must not be asked any more, or not now; "" where nothing is against it."""
    patient = offer.patient
    if offer.entry.status != EntryStatus.WAITING:
        return "left_waitlist"
    if patient.status != Patient.Status.ACTIVE:
        return "not_active"
    if optout.is_suppressed(offer.phone):
        return "opted_out"
    if not patient.sms_consent or patient.phone != offer.phone:
        return "no_consent"
    # Not put off until the window opens: the place goes to somebody who is awake.
    opens = timing.opens_at(patient=patient, clinic=slot.clinic, now=now)
    if opens != now:
        return "outside_hours"
    last = slots.last_useful_at(slot)
    is_in_time = policy.is_worth_asking(now=now, hold=slot.clinic.hold, last_useful_at=last)
    return "" if is_in_time else "too_late"


def _is_somebody_else_s(message: Message) -> bool:
    patient_id = message.related.get("patient")
    return patient_id is not None and silencing.is_silenced(patient_id=patient_id, phone=message.to)


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


def may_be_confirmed(message: Message, now: datetime) -> gate.Go | gate.Skip:
    """Not on somebody else's number; once more only while the visit is to come and still the patient's."""
    if _is_somebody_else_s(message):
        return gate.Skip("wrong_number")
    if not resending.is_second(message):
        return gate.Go(message.body)
    visits = Appointment.objects.active().filter(fills_slot=message.related["cancellation"])
    theirs = visits.filter(patient_id=message.related["patient"], starts_at__gt=now)
    return gate.Go(message.body) if theirs.exists() else gate.Skip("stale")


def did_not_leave(message: Message, now: datetime) -> None:
    """The provider certainly did not take the offer: the hold starts again with the next attempt."""
    asked = Offer.objects.filter(pk=message.related["offer"]).only("cancellation_id").first()
    if asked is None:
        return
    slots.locked(asked.cancellation_id)
    Offer.objects.filter(pk=asked.pk, status=OfferStatus.PENDING).update(hold_expires_at=None)


def _start_hold(slot: Cancellation, offer: Offer, consent: Mapping[str, int], now: datetime) -> gate.Go:
    clinic, patient = slot.clinic, offer.patient
    until = policy.hold_ends_at(now=now, hold=clinic.hold, last_useful_at=slots.last_useful_at(slot))
    Offer.objects.filter(pk=offer.pk).update(hold_expires_at=until)
    step = min(slot.next_step_at, until) if slot.next_step_at else until
    slots.touch(slot, next_step_at=step, changed_at=now)
    text = texts.compose("offer", language=patient.language, clinic=clinic, slot=slot, until=until)
    receipt = permitting.offer_receipt(
        patient=patient, clinic=clinic, consent=consent, template=text.version, now=now
    )
    return gate.Go(text.body, valid_until=until, permission=receipt)


def _drop(slot: Cancellation, offer: Offer, to: OfferStatus, reason: str, now: datetime) -> gate.Skip:
    transitions.move(offer, to=to, arrows=OFFER_ARROWS)
    declining.next_if_last(slot=slot, now=now)
    return gate.Skip(reason)
