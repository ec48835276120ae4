"""Patients who are called, and what they do on the line."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from clinic import consenting
from clinic.models import Patient
from core.channels import Channel
from messaging import outbox
from messaging.models import Kind, Message
from offers import rounds, texts
from offers.models import Cancellation, Offer
from offers.states import CancellationStatus
from tests.factories import CancellationFactory, OfferFactory, PatientFactory
from tests.messaging.on_the_line import OnTheLine
from tests.offers.journey import Journey


def agree(patient: Patient, channel: str = Channel.VOICE) -> Patient:
    """The patient agrees to be reached in that way."""
    word = consenting.Word(channel=channel, given=True, source="staff", words="Call me.")
    consenting.record(patient_id=patient.pk, word=word, by="frontdesk", now=timezone.now())
    patient.refresh_from_db()
    return patient


def slot_on_offer(journey: Journey, **fields: Any) -> Cancellation:
    """A slot of which somebody has been asked."""
    slot: Cancellation = CancellationFactory(
        clinic=journey.clinic,
        provider=journey.provider,
        visit_type=journey.visit_type,
        status=CancellationStatus.OFFERING,
        next_step_at=timezone.now() + rounds.UNSENT_CHECK,
        **fields,
    )
    return slot


def rings(
    journey: Journey, slot: Cancellation, *, language: str = "en", texts_too: bool = False
) -> OnTheLine:
    """Somebody is called about the slot: the phone rings."""
    patient = agree(PatientFactory(sms_consent=texts_too, language=language))
    offer = OfferFactory(cancellation=slot, entry__patient=patient)
    with_call = texts.question(offer=offer, slot=slot)
    draft = outbox.Draft(
        kind=Kind.OFFER,
        to=offer.phone,
        body="",
        key=with_call.key,
        related=with_call.related,
        priority=1,
        channel=Channel.VOICE,
    )
    outbox.queue(drafts=[draft], now=timezone.now())
    journey.work()
    return on_the_line(journey, offer)


def on_the_line(journey: Journey, offer: Offer) -> OnTheLine:
    """The call that was placed about an offer, not picked up yet."""
    call = next(call for call in journey.twilio.calls if call.to == offer.phone)

    def second() -> None:
        journey.clock.shift(datetime.timedelta(seconds=1))
        journey.work()

    return OnTheLine(journey.client, call, waits=second)


def offer_of(line: OnTheLine) -> Offer:
    return Offer.objects.filter(phone=line.call.to).earliest("pk")


def asked_at(phone: str) -> Offer:
    return Offer.objects.get(phone=phone)


def status_of(line: OnTheLine) -> str:
    return str(offer_of(line).status)


def replies_to(line: OnTheLine) -> list[tuple[str, str, str]]:
    """What answers the keys, in order: by which channel, which kind, and what became of it."""
    told = Message.objects.filter(to=line.call.to, in_reply_to__isnull=False, direction="outbound")
    return list(told.order_by("pk").values_list("channel", "kind", "status"))
