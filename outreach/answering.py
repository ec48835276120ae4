"""Answers to reminders: C confirms; who cannot come is asked once, and only a 1 cancels.

A number may have an offer's question and a visit's at once. Which of the two a text answers: docs/adr/0011.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic import attending, cancelling
from clinic.models import Appointment
from clinic.states import AppointmentStatus
from core.transitions import StaleState
from messaging import outbox
from messaging.models import Attention, Direction, Kind, Message
from messaging.states import MessageStatus
from offers import readers
from offers.intents import Intent as ToOffer
from offers.intents import Reading
from offers.readers import Said
from offers.senders import Question
from offers.states import OfferStatus
from outreach import asking, drafts, intents
from outreach.intents import Intent
from outreach.models import CancelQuestion
from outreach.states import Answer

BY_PATIENT = "patient"
BY_TEXT = "cancelled by text"
# As many of a number's last reminders are looked at; those of a family reach one phone.
LOOKED_AT = 10
# Pressed twice, or sent twice by a phone with a bad line.
AGAIN_WITHIN = timedelta(hours=1)
SAID_AGAIN = "said_again"
_REACHED = (MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.SENT, MessageStatus.DELIVERED)


def register() -> None:
    """Read each text before the offers do."""
    readers.register(read)


def read(message: Message, reading: Reading, question: Question | None, now: datetime) -> Said:
    """Answer a text that is about a visit of which its sender was reminded; None: it is not.

    An open offer has the first word, as its clock runs in minutes: what is a yes or a no to it is no answer
    to a reminder. C, 1 and 2 mean nothing to an offer, whoever asked last.
    """
    is_open = question is not None and question.status == OfferStatus.PENDING
    intent = intents.read(message.body)
    says_offer = reading.intent in (ToOffer.YES, ToOffer.NO)
    to_offer = intent != Intent.CONFIRM and (says_offer or intent in _LEFT_TO_AN_OFFER)
    if is_open and to_offer:
        return None
    asked = _asked(message.from_number, intent, now)
    if (asked is None or asked.question is None) and _is_again(message, intent, now):
        return SAID_AGAIN, Attention.NONE
    if asked is None:
        return None
    is_later = question is None or asked.at > question.created_at
    if to_offer and not is_later:
        return None
    return _Answer(message, asked, now).give(intent)


_LEFT_TO_AN_OFFER = (Intent.YES, Intent.NO, Intent.UNCLEAR)
# What the question was closed by, and how the visit stands since.
_CLOSED = {
    Intent.ONE: (Answer.CANCELLED, AppointmentStatus.CANCELLED),
    Intent.TWO: (Answer.KEPT, AppointmentStatus.BOOKED),
}


def _is_again(message: Message, intent: Intent, now: datetime) -> bool:
    """Whether it is the same 1 or 2 once more: its sender was told what came of it, and that is still so."""
    question = asking.last_question(phone=message.from_number) if intent in _CLOSED else None
    if question is None or question.answered_at is None or question.answered_at <= now - AGAIN_WITHIN:
        return False
    if (question.answer, question.appointment.status) != _CLOSED[intent]:
        return False
    message.related = drafts.about(question.appointment)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a number was last told about visits ahead, the last one first, and the open question, if any."""

    visits: list[Appointment]
    question: CancelQuestion | None
    at: datetime


def _asked(phone: str, intent: Intent, now: datetime) -> _Asked | None:
    # Who cannot come may say so long before a reminder; all else answers reminders.
    kinds = (Kind.REMINDER, Kind.CONFIRMATION) if intent == Intent.CANT_COME else (Kind.REMINDER,)
    reminders = Message.objects.filter(to=phone, kind__in=kinds, direction=Direction.OUTBOUND)
    reminders = reminders.filter(status__in=_REACHED).only("related", "call_started_at", "created_at")
    told = list(reminders.order_by("-pk")[:LOOKED_AT])
    question = asking.open_question(phone=phone)
    if question is None and not told:
        return None
    times = [text.call_started_at or text.created_at for text in told[:1]]
    times += [question.asked_at] if question else []
    visits = _ahead([text.related.get("appointment", 0) for text in told], now)
    if question is None and not visits:
        return None
    return _Asked(visits=visits, question=question, at=max(times))


def _ahead(ids: list[int], now: datetime) -> list[Appointment]:
    """Those of the visits that are still to come, in the order of the ids."""
    rows = Appointment.objects.filter(status=AppointmentStatus.BOOKED, starts_at__gt=now)
    found = rows.select_related("clinic", "patient", "provider").in_bulk(ids)
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]


class _Answer:
    """One text about a visit being answered."""

    def __init__(self, message: Message, asked: _Asked, now: datetime) -> None:
        self.message = message
        self.asked = asked
        self.now = now

    def give(self, intent: Intent) -> Said:
        question = self.asked.question
        if intent in (Intent.ONE, Intent.TWO) and question is not None:
            return self._cancel(question) if intent == Intent.ONE else self._keep(question)
        if not self.asked.visits:
            # What was asked about is over: nothing else is an answer to it.
            return None
        if intent in (Intent.CONFIRM, Intent.YES) and (question is None or intent == Intent.CONFIRM):
            return self._confirm()
        if intent in (Intent.CANT_COME, Intent.NO):
            return self._ask()
        return self._leave_to_staff()

    def _confirm(self) -> tuple[str, str]:
        visits = self.asked.visits
        visit = next((each for each in visits if each.confirmed_at is None), visits[0])
        try:
            attending.confirm(appointment_id=visit.pk, by=BY_PATIENT, now=self.now)
        except StaleState:
            return self._tell("visit_gone", visit)
        if self.asked.question is not None and self.asked.question.appointment_id == visit.pk:
            asking.answer(question=self.asked.question, answer=Answer.KEPT, now=self.now)
        return self._tell("visit_confirmed", visit)

    def _ask(self) -> tuple[str, str]:
        """Once: whoever says it again instead of 1 or 2 is left to a person."""
        visit, question = self.asked.visits[0], self.asked.question
        if question is not None and question.appointment_id == visit.pk:
            return self._leave_to_staff()
        asking.ask(visit=visit, phone=self.message.from_number, now=self.now)
        return self._tell("ask_cancel", visit)

    def _cancel(self, question: CancelQuestion) -> tuple[str, str]:
        visit = question.appointment
        if visit.starts_at <= self.now:
            return self._gone(question)
        try:
            cancelling.cancel(
                appointment_id=visit.pk, by=BY_PATIENT, now=self.now, reason=BY_TEXT, tells_patient=False
            )
        except StaleState:
            return self._gone(question)
        asking.answer(question=question, answer=Answer.CANCELLED, now=self.now)
        return self._tell("visit_cancelled", visit)

    def _keep(self, question: CancelQuestion) -> tuple[str, str]:
        visit = question.appointment
        if visit.status != AppointmentStatus.BOOKED or visit.starts_at <= self.now:
            return self._gone(question)
        asking.answer(question=question, answer=Answer.KEPT, now=self.now)
        return self._tell("visit_kept", visit)

    def _gone(self, question: CancelQuestion) -> tuple[str, str]:
        """The visit that was asked about is off, or has begun."""
        asking.answer(question=question, answer=Answer.LAPSED, now=self.now)
        return self._tell("visit_gone", question.appointment)

    def _leave_to_staff(self) -> tuple[str, str]:
        question = self.asked.question
        visit = question.appointment if question else self.asked.visits[0]
        attention = Attention.MAY_CANCEL if question else Attention.UNCLEAR
        # Once for a visit: two machines that answer each other would never end.
        key = f"visit_for_staff:{visit.pk}"
        if Message.objects.filter(logical_key=key).exists():
            self.message.related = drafts.about(visit)
            return "told_already", attention
        outcome, _ = self._tell("visit_for_staff", visit, key=key)
        return outcome, attention

    def _tell(self, name: str, visit: Appointment, key: str = "") -> tuple[str, str]:
        self.message.related = drafts.about(visit)
        draft = drafts.reply(name, visit=visit, message=self.message, key=key)
        outbox.queue(drafts=[draft], now=self.now)
        return name, Attention.NONE
