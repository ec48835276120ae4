"""Answers to reminders: which question a text answers, and what comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from clinic import cancelling
from clinic.models import Appointment
from core.models import AuditEvent
from messaging import optout
from messaging.models import Attention, Message
from messaging.states import MessageStatus
from offers import intents as offer_intents
from offers import replies
from offers.models import Offer
from offers.senders import Question
from offers.states import OfferStatus
from outreach import answering, asking, intents
from outreach.models import CancelQuestion
from outreach.states import Answer
from tests.factories import AppointmentFactory, MessageFactory, OfferFactory, PatientFactory, in_hours
from tests.outreach.reminding import in_state

pytestmark = pytest.mark.django_db
PHONE = "+12125550101"


def reminded(*, phone: str = PHONE, hours: float = 20, kind: str = "reminder", **visit: Any) -> Appointment:
    """A visit of which its patient has been reminded, or told by a text of that kind."""
    about = {"patient": PatientFactory(phone=phone), "starts_at": in_hours(hours), **visit}
    row: Appointment = AppointmentFactory(**about)
    reminder = in_state("sent", appointment=row)
    related = {"appointment": row.pk, "patient": row.patient_id, "reminder": reminder.pk}
    MessageFactory(
        kind=kind,
        to=phone,
        status=MessageStatus.SENT,
        twilio_sid=f"SM{reminder.pk}",
        related=related,
        call_started_at=timezone.now(),
    )
    return row


def offered(*, status: str = OfferStatus.PENDING, minutes_ago: float = 0, phone: str = PHONE) -> Offer:
    """An offer whose question was put to the phone."""
    put_at = timezone.now() - timedelta(minutes=minutes_ago)
    held = {"hold_expires_at": in_hours(1), "created_at": put_at, "phone": phone, "status": status}
    offer: Offer = OfferFactory(entry__patient__phone=phone, **held)
    return offer


def says(body: str, *, phone: str = PHONE) -> str:
    """The text is read in and answered; what came of it."""
    text = MessageFactory(
        direction="inbound",
        kind="reply",
        from_number=phone,
        to="+15005550006",
        body=body,
        status=MessageStatus.RECEIVED,
        logical_key=None,
        received_at=timezone.now(),
    )
    return replies.answer(message_id=text.pk, now=timezone.now())


def attentions() -> list[str]:
    rows = Message.objects.filter(direction="inbound").order_by("pk")
    return list(rows.values_list("attention", flat=True))


def told() -> str:
    """The last text that is owed to the phone."""
    owed = Message.objects.filter(to=PHONE, status=MessageStatus.QUEUED).order_by("pk").last()
    return owed.body if owed else ""


def status_of(visit: Appointment) -> str:
    visit.refresh_from_db()
    return f"{visit.status}{', confirmed' if visit.confirmed_at else ''}"


@pytest.mark.parametrize(
    "words", ["C", "confirmo", "Yes", "OK 👍", "ok thanks", "I'll be there", "Sí, confirmo"]
)
def test_c_and_its_like_confirm_the_visit(words: str) -> None:
    visit = reminded()
    assert says(words) == "visit_confirmed"
    assert status_of(visit) == "booked, confirmed"
    assert "is confirmed" in told()
    assert AuditEvent.objects.get(verb="appointment.confirmed").actor == "patient"


@pytest.mark.parametrize("words", ["NO", "I can't come", "no puedo ir", "please cancel my appointment"])
def test_whoever_cannot_come_is_asked_once_and_nothing_is_cancelled(words: str) -> None:
    visit = reminded()
    assert says(words) == "ask_cancel"
    assert status_of(visit) == "booked"
    assert "reply 1 to cancel your visit" in told()
    assert [says(words), says(words)] == ["visit_for_staff", "told_already"]
    assert attentions() == ["", Attention.MAY_CANCEL, Attention.MAY_CANCEL]
    assert CancelQuestion.objects.count() == 1


def test_only_a_1_cancels() -> None:
    visit = reminded()
    says("I can't come")
    for words in ("yes", "no", "ok", "cancel it", "1?", "1 or 2", "not 1", "11"):
        assert says(words) in ("visit_for_staff", "told_already")
    assert status_of(visit) == "booked"
    assert says("1") == "visit_cancelled"
    assert (status_of(visit), visit.offer_slot, visit.cancel_reason) == (
        "cancelled",
        True,
        "cancelled by text",
    )
    assert "is cancelled" in told()
    assert CancelQuestion.objects.get().answer == Answer.CANCELLED


def test_2_and_c_keep_it() -> None:
    for words, outcome in (("2", "visit_kept"), ("C", "visit_confirmed")):
        visit = reminded()
        says("can't come")
        assert says(words) == outcome
        assert status_of(visit).startswith("booked")
        assert CancelQuestion.objects.order_by("pk").last().answer == Answer.KEPT  # type: ignore[union-attr]
        assert says("1") == "visit_for_staff"
        visit.delete()


def test_a_1_without_the_question_cancels_nothing() -> None:
    visit = reminded()
    assert says("1") == "visit_for_staff"
    assert status_of(visit) == "booked"


@pytest.mark.parametrize("words", ["1", "2"])
def test_a_1_or_2_after_the_visit_was_cancelled_or_began_is_told_so(words: str) -> None:
    visit = reminded()
    says("can't come")
    cancelling.cancel(appointment_id=visit.pk, by="desk", now=timezone.now())
    assert says(words) == "visit_gone"
    other = reminded(hours=1)
    says("can't come")
    Appointment.objects.filter(pk=other.pk).update(starts_at=in_hours(-0.5))
    assert says(words) == "visit_gone"
    assert status_of(other) == "booked"
    assert set(CancelQuestion.objects.values_list("answer", flat=True)) == {Answer.LAPSED}


def test_stop_still_means_stop_and_cancel_stays_an_opt_out() -> None:
    for words in ("STOP", "CANCEL", "no más mensajes"):
        visit = reminded()
        assert says(words) == "stop"
        assert status_of(visit) == "booked"
    assert not CancelQuestion.objects.exists()


def test_what_is_not_understood_is_left_to_a_person_once() -> None:
    reminded()
    assert [says("what time was it again?"), says("hello??")] == ["visit_for_staff", "told_already"]
    assert attentions() == [Attention.UNCLEAR] * 2
    assert "A person here will read your message" in told()


def test_the_last_visit_reminded_of_that_is_not_confirmed_is_the_one_meant() -> None:
    first, second = reminded(hours=20), reminded(hours=21)
    assert [says("C"), status_of(first), status_of(second)] == [
        "visit_confirmed",
        "booked",
        "booked, confirmed",
    ]
    assert [says("C"), status_of(first)] == ["visit_confirmed", "booked, confirmed"]
    assert says("C") == "visit_confirmed"


def test_a_question_about_another_visit_takes_the_place_of_the_open_one() -> None:
    first = reminded(hours=20)
    says("can't come")
    second = reminded(hours=21)
    assert says("can't come") == "ask_cancel"
    assert says("1") == "visit_cancelled"
    assert [status_of(first), status_of(second)] == ["booked", "cancelled"]


def test_the_database_holds_one_open_question_per_phone() -> None:
    visit = reminded()
    asking.ask(visit=visit, phone=PHONE, now=timezone.now())
    with pytest.raises(IntegrityError, match="cancel_question_one_open_per_phone"):
        CancelQuestion.objects.create(appointment=visit, phone=PHONE, asked_at=timezone.now())


# An offer and a reminder on one number


def test_an_open_offer_has_the_first_word_for_yes_and_no() -> None:
    for words, outcome in (("NO", "declined"), ("yes", "won")):
        offer = offered()
        visit = reminded(patient=offer.patient)
        assert says(words) == outcome
        assert status_of(visit) == "booked"
        offer.delete() if outcome == "declined" else None


@pytest.mark.parametrize("words", ["C", "confirm", "Confirmo", "yes, confirm"])
def test_c_means_the_visit_even_while_an_offer_is_open_and_takes_no_slot(words: str) -> None:
    offer, visit = offered(), reminded()
    assert says(words) == "visit_confirmed"
    offer.refresh_from_db()
    assert (offer.status, status_of(visit)) == ("pending", "booked, confirmed")


def test_confirm_without_a_reminder_is_still_a_yes_to_the_offer() -> None:
    offered()
    assert says("confirm") == "won"


def test_plain_words_about_the_visit_ask_even_while_an_offer_is_open_and_1_means_the_visit() -> None:
    offer, visit = offered(), reminded()
    assert says("I can't come to my appointment tomorrow") == "ask_cancel"
    assert says("1") == "visit_cancelled"
    offer.refresh_from_db()
    assert (offer.status, status_of(visit)) == ("pending", "cancelled")


def test_what_neither_understands_is_the_open_offers_to_clarify() -> None:
    offered()
    reminded()
    assert says("maybe") == "clarification"


def test_after_the_offer_ended_yes_and_no_go_to_whoever_asked_last() -> None:
    # Given an offer that ended before the reminder came
    offered(status=OfferStatus.EXPIRED, minutes_ago=30)
    visit = reminded()
    assert says("yes") == "visit_confirmed"
    # And one that ended after it
    offered(status=OfferStatus.EXPIRED, minutes_ago=-1)
    assert says("no") == "late_declined"
    assert status_of(visit) == "booked, confirmed"


def test_without_a_reminder_nothing_changes() -> None:
    AppointmentFactory(patient__phone=PHONE)
    assert says("I can't come") == "no_open_offer"


def test_reminders_of_visits_that_are_over_are_not_asked_about() -> None:
    visit = reminded(hours=-1)
    assert says("no") == "no_open_offer"
    assert status_of(visit) == "booked"


def test_a_yes_to_an_open_offer_costs_no_look_at_the_reminders(django_assert_num_queries: Any) -> None:
    reminded()
    offer, text = offered(), MessageFactory(from_number=PHONE, body="YES")
    question = Question(offer.pk, offer.cancellation_id, offer.status, offer.created_at)
    with django_assert_num_queries(0):
        assert answering.read(text, offer_intents.read("YES"), question, timezone.now()) is None


def test_an_answer_that_cannot_be_told_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = reminded()
    says("can't come")
    monkeypatch.setattr("messaging.outbox.queue", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        says("1")
    assert status_of(visit) == "booked"
    assert CancelQuestion.objects.get().answer == Answer.OPEN


def test_a_number_that_opted_out_is_told_nothing() -> None:
    visit = reminded()
    optout.suppress(phone=PHONE, words="STOP", source="text", now=in_hours(-1))
    assert says("C") == "opted_out"
    assert status_of(visit) == "booked"


def test_the_texts_ask_for_words_that_are_read_as_they_promise() -> None:
    assert [intents.read(word) for word in ("C", "NO", "1", "2")] == ["confirm", "cant_come", "one", "two"]
