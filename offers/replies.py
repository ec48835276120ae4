"""What an answer means to the one open question of its number, and what its sender is told."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.db import transaction

from core import rows, transitions, turns
from core.channels import Channel
from messaging import inbox, outbox
from messaging.models import Attention, Kind, Message
from offers import (
    accepting,
    calls,
    declining,
    intents,
    overtaking,
    readers,
    senders,
    silencing,
    slots,
    texts,
)
from offers.accepting import Outcome
from offers.intents import Intent
from offers.models import Cancellation, Offer
from offers.states import OFFER_ARROWS, CancellationStatus, OfferStatus


@transaction.atomic
def answer(*, message_id: int, now: datetime, skip_locked: bool = False) -> str:
    """Answer the oldest unanswered text of that message's sender; returns what came of it.

    Texts of one phone are answered one at a time and in the order in which they came. What the answer
    changes, what its sender is told and that it was handled are one transaction. With `skip_locked` a
    phone whose text is being answered right now is left alone.
    """
    turn = turns.take(
        table="messaging_message",
        column="from_number",
        pk=message_id,
        work=turns.ANSWERING,
        skip_locked=skip_locked,
        then=_unanswered(),
    )
    if turn is None:
        return "unknown message"
    if not turn.is_ours:
        return "being answered"
    if not turn.found:
        return "answered already"
    *text, silent_since = turn.found[0][: -len(senders.Question._fields)]
    message = next(rows.built(text, Message))
    question = senders.question_of(message, turn.found[0][-len(senders.Question._fields) :])
    outcome, attention = _Answer(message, now, silent_since).give(question)
    if message.channel == Channel.VOICE:
        calls.say_instead(key=message, now=now)
    inbox.mark_handled(message=message, outcome=outcome, attention=attention, now=now)
    return outcome


@cache
def _unanswered() -> str:
    """The oldest unanswered text of a phone, since when the phone is silent, and its question."""
    return f"""
        SELECT {rows.columns(Message, "text")}, silent.since, question.*
        FROM messaging_message text
        LEFT JOIN messaging_suppression silent ON silent.phone = text.from_number AND silent.lifted_at IS NULL
        LEFT JOIN LATERAL ({senders.QUESTION.format(phone="text.from_number")}) question ON true
        WHERE text.from_number = {{phone}} AND text.status = 'received' AND text.direction = 'inbound'
        ORDER BY text.id LIMIT 1
    """  # noqa: S608 - names of our models


class _Answer:
    """One text being answered. Every path ends in an outcome and the reason for a person to look, if any."""

    def __init__(self, message: Message, now: datetime, silent_since: datetime | None) -> None:
        self.message = message
        self.now = now
        self.silent_since = silent_since
        self.reading = intents.read(message.body)
        # Pressed on a call, and so about the question of that call.
        self.is_key = message.channel == Channel.VOICE

    def give(self, question: senders.Question | None) -> tuple[str, str]:
        if overtaking.is_overtaken(message=self.message, intent=self.reading.intent):
            return "overtaken", Attention.UNCLEAR
        silent_since = self.silent_since
        received_at = self.message.received_at or self.message.created_at
        # The provider reads some words as an opt-out that are none to us.
        if self.reading.intent == Intent.STOP or silent_since == received_at:
            return self._stop(is_first=silent_since == received_at)
        if self.reading.intent == Intent.WRONG_NUMBER:
            return self._wrong_number()
        # A YES before a STOP stands.
        if silent_since is not None and silent_since < received_at:
            said_yes = self.reading.intent == Intent.YES
            return "opted_out", Attention.YES_OPTED_OUT if said_yes else Attention.NONE
        if self.reading.intent == Intent.START:
            return self._say("restarted", Kind.REPLY)
        if self.reading.intent == Intent.HELP:
            return self._say("help", Kind.HELP)
        return self._to_question(question)

    def _stop(self, *, is_first: bool) -> tuple[str, str]:
        # The opt-out itself took effect when the text was read in; here its questions end.
        declining.end_all(now=self.now, **senders.asked_at(self.message))
        attention = Attention.MAY_CANCEL if self.reading.staff_task else Attention.NONE
        # A key is confirmed by nobody but us.
        is_unconfirmed = self.is_key or not self.reading.single_word
        if is_first and self.reading.intent == Intent.STOP and is_unconfirmed:
            # What the provider read as an opt-out, single words among them, it confirms itself.
            self._say("optout_notice", Kind.OPTOUT_NOTICE)
        return "stop", attention

    def _wrong_number(self) -> tuple[str, str]:
        patient, number = senders.patient_of(self.message), self.message.from_number
        known = patient is not None and not silencing.silence(
            patient_id=patient.pk, phone=number, now=self.now
        )
        if not known:
            self._say("wrong_number", Kind.REPLY)
        return "wrong_number", Attention.WRONG_NUMBER

    def _to_question(self, question: senders.Question | None) -> tuple[str, str]:
        said = readers.ask(self.message, self.reading, question, self.now)
        if said is not None:
            return said
        if question is None:
            known = senders.patient_of(self.message) is not None
            outcome = "told_already"
            if not senders.was_told("no_open_offer", phone=self.message.from_number, now=self.now):
                outcome, _ = self._say("no_open_offer", Kind.REPLY)
            return outcome, Attention.UNCLEAR if known else Attention.UNKNOWN_SENDER
        # Under the lock: a sweep, a colleague or another patient may have been faster.
        slot, offers = slots.locked_with_offers(question.cancellation_id)
        offer = next(each for each in offers if each.pk == question.offer_id)
        senders.answered_by(offer, channel=self.message.channel)
        self.message.related = texts.related(slot=slot, patient_id=offer.patient_id, offer=offer)
        if self.reading.intent == Intent.YES:
            return self._yes(slot, offers, offer)
        if self.reading.intent == Intent.NO:
            return self._no(slot, offer)
        return self._unclear(slot, offer)

    def _yes(self, slot: Cancellation, offers: list[Offer], offer: Offer) -> tuple[str, str]:
        is_late = offer.status != OfferStatus.PENDING
        by_phone = self.message.channel != Channel.EMAIL
        if is_late and by_phone and silencing.is_silenced(patient_id=offer.patient_id, phone=offer.phone):
            return "wrong_number", Attention.WRONG_NUMBER
        if offer.status == OfferStatus.ACCEPTED:
            return self._tell("already_booked", slot, offer)
        if offer.status == OfferStatus.UNDELIVERABLE and slot.status == CancellationStatus.FILLED:
            # It arrived after all, and too late.
            transitions.move(offer, to=OfferStatus.TAKEN, arrows=OFFER_ARROWS)
        if (
            offer.status in (OfferStatus.TAKEN, OfferStatus.STANDBY)
            and slot.status == CancellationStatus.FILLED
        ):
            return self._too_late(slot, offer)
        if offer.status == OfferStatus.TAKEN:
            # The winner has dropped out meanwhile: the slot can be had again.
            transitions.move(offer, to=OfferStatus.STANDBY, arrows=OFFER_ARROWS)
        outcome = accepting.take(
            slot=slot, offers=offers, offer=offer, by="patient", now=self.now, reply_to=self.message.pk
        )
        if outcome == Outcome.WON:
            return "won", Attention.NONE
        if outcome == Outcome.BUSY:
            if offer.status == OfferStatus.PENDING:
                declining.end(offer_id=offer.pk, to=OfferStatus.WITHDRAWN, now=self.now)
            return self._tell("busy_then", slot, offer)
        return self._tell("closed", slot, offer)

    def _too_late(self, slot: Cancellation, offer: Offer) -> tuple[str, str]:
        told = Message.objects.filter(logical_key=f"taken:{offer.pk}").only("created_at").first()
        if offer.status == OfferStatus.TAKEN:
            transitions.move(
                offer, to=OfferStatus.STANDBY, arrows=OFFER_ARROWS, responded_at=self.message.received_at
            )
        # A YES that came before its sender was told: the one text that tells them is the answer.
        key = f"taken:{offer.pk}"
        is_answer = told is not None and (self.message.received_at or self.now) <= told.created_at
        if is_answer and not self.is_key:
            outbox.hasten(key=key, now=self.now)
            return "taken", Attention.NONE
        outbox.forget(key=key, reason="answered", now=self.now)
        return self._tell("standby", slot, offer)

    def _no(self, slot: Cancellation, offer: Offer) -> tuple[str, str]:
        if offer.status == OfferStatus.ACCEPTED:
            outcome, _ = self._tell("booking_stands", slot, offer)
            return outcome, Attention.AFTER_BOOKING
        if offer.status == OfferStatus.PENDING:
            declining.end(offer_id=offer.pk, to=OfferStatus.DECLINED, now=self.now, answered=True)
            return self._tell("declined", slot, offer)
        if offer.status == OfferStatus.STANDBY:
            transitions.move(offer, to=OfferStatus.WITHDRAWN, arrows=OFFER_ARROWS)
        else:
            Offer.objects.filter(pk=offer.pk).update(responded_at=self.message.received_at)
        return self._tell("late_declined", slot, offer)

    def _unclear(self, slot: Cancellation, offer: Offer) -> tuple[str, str]:
        # Whoever pressed a wrong key was asked again on the line.
        if offer.clarified_at is None and offer.status == OfferStatus.PENDING and not self.is_key:
            Offer.objects.filter(pk=offer.pk).update(clarified_at=self.now)
            return self._tell("clarification", slot, offer)
        # Once for a question: two machines that answer each other would never end.
        key = f"for_staff:{offer.pk}"
        if Message.objects.filter(logical_key=key).exists():
            return "told_already", Attention.UNCLEAR
        outcome, _ = self._tell("for_staff", slot, offer, key=key)
        return outcome, Attention.UNCLEAR

    def _tell(self, name: str, slot: Cancellation, offer: Offer, key: str = "") -> tuple[str, str]:
        key = key or f"reply:{self.message.pk}"
        draft = texts.draft(name, offer=offer, slot=slot, key=key, reply_to=self.message.pk)
        outbox.queue(drafts=[draft], now=self.now)
        return name, Attention.NONE

    def _say(self, name: str, kind: Kind) -> tuple[str, str]:
        if not senders.can_be_answered(self.message):
            # A short code or an id of WhatsApp's own: no text of ours can reach it.
            return "no_number", Attention.UNKNOWN_SENDER
        draft = senders.draft_to_sender(name, kind=kind, message=self.message)
        outbox.queue(drafts=[draft], now=self.now)
        return name, Attention.NONE
