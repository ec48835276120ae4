"""A thank-you for a greeting ends there; whatever else is said goes on as if nobody had been greeted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Patient
from messaging.models import Attention, Direction, Message
from offers import replies
from outreach.greeting_thanks import is_thanks
from tests.factories import MessageFactory
from tests.outreach.greeting_people import born, work
from tests.outreach.reminding import handed_over, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize(
    ("words", "thanks"),
    [
        ("Thank you so much!", True),
        ("Aww, thanks Dr!! 🎂❤️", True),
        ("Great, thank you", True),
        ("¡Muchas gracias, doctora!", True),
        ("🙏", True),
        ("Great", False),
        ("Thanks, can I come on Friday?", False),
        ("no thanks", False),
        ("Gracias, quiero cancelar mi cita", False),
        ("", False),
    ],
)
def test_only_thanks_are_thanks(words: str, thanks: bool) -> None:
    assert is_thanks(words) == thanks


def says(patient: Patient, words: str) -> tuple[str, str]:
    """What came of a text of the patient's, and whether a person must look."""
    now = timezone.now()
    came = {"direction": Direction.INBOUND, "status": "received", "kind": "reply", "logical_key": None}
    text = MessageFactory(from_number=patient.phone, to="+15005550006", body=words, received_at=now, **came)
    replies.answer(message_id=text.pk, now=now)
    stored = Message.objects.get(pk=text.pk)
    return stored.outcome, stored.attention


def test_whoever_says_thanks_is_not_answered_and_nobody_has_to_read_it() -> None:
    alice = born(3, 2)
    work()
    before = Message.objects.filter(direction="outbound").count()
    assert says(alice, "Thank you!") == ("thanked", Attention.NONE)
    assert Message.objects.filter(direction="outbound").count() == before


def test_thanks_for_a_greeting_confirm_no_visit_that_was_reminded_of_before() -> None:
    reminder, _ = handed_over()
    sweep()
    alice = reminder.appointment.patient
    assert says(alice, "Great, thanks!")[0] == "visit_confirmed"
    other = handed_over()[0].appointment.patient
    sweep()
    greet(other)
    assert says(other, "Great, thanks!")[0] == "thanked"


def greet(patient: Patient) -> None:
    """As after a greeting of this minute."""
    now = timezone.now()
    sent = {"status": "sent", "twilio_sid": "SM1", "call_started_at": now, "next_attempt_at": None}
    MessageFactory(kind="greeting", to=patient.phone, related={"patient": patient.pk, "greeting": 1}, **sent)


@pytest.mark.parametrize("words", ["YES", "Can you call me?", "C"])
def test_anything_else_is_read_as_ever(words: str) -> None:
    alice = born(3, 2)
    work()
    assert says(alice, words)[0] == "no_open_offer"


def test_thanks_after_three_days_are_for_something_else() -> None:
    alice = born(3, 2)
    work()
    Message.objects.filter(kind="greeting").update(call_started_at=timezone.now() - timedelta(days=3))
    assert says(alice, "Thank you!")[0] == "no_open_offer"
