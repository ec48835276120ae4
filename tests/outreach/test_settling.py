"""What became of a reminder's text comes back to the reminder, and rule 5: it goes once more while of use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core import transitions
from messaging import failing, reconciling
from messaging.models import Message
from messaging.states import MessageStatus
from outreach import settling
from outreach.states import ReminderStatus
from tests.factories import MessageFactory, in_hours
from tests.outreach.reminding import begin, cancel, handed_over, in_state, states, sweep, texts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "sent", "twilio_sid": "SM1"}, "sent"),
        ({"status": "delivered", "twilio_sid": "SM1"}, "sent"),
        ({"status": "failed", "error_code": "30006"}, "failed: not_delivered"),
        ({"status": "skipped", "skip_reason": "barred_words"}, "skipped: barred_words"),
        ({"status": "unknown", "next_attempt_at": in_hours(0)}, "scheduled"),
        ({"status": "queued"}, "scheduled"),
    ],
)
def test_what_became_of_the_text_comes_back(fields: dict[str, Any], state: str) -> None:
    reminder, text = handed_over()
    Message.objects.filter(pk=text.pk).update(**fields)
    assert settling.sweep(now=timezone.now()) == (state != "scheduled")
    assert states(reminder.appointment) == [state]


def test_rule_5_a_reminder_found_not_sent_goes_once_more_while_it_is_of_use() -> None:
    reminder, text = handed_over()
    Message.objects.filter(pk=text.pk).update(status="unknown", call_started_at=timezone.now())
    text.refresh_from_db()
    reconciling.give_up(message=text, now=timezone.now())
    assert states(reminder.appointment) == ["scheduled"]
    sweep()
    first, second = texts()
    assert (first.status, second.logical_key) == ("not_sent", f"reminder:{reminder.pk}#2")
    assert states(reminder.appointment) == ["sent"]


def test_rule_5_and_not_once_the_visit_is_off_or_has_begun() -> None:
    for change, state in ((cancel, "cancelled: visit_cancelled"), (begin, "skipped: too_late")):
        reminder, text = handed_over()
        Message.objects.filter(pk=text.pk).update(status="unknown", call_started_at=timezone.now())
        text.refresh_from_db()
        reconciling.give_up(message=text, now=timezone.now())
        change(reminder)
        sweep()
        assert texts()[-1].status == "skipped"
        assert states(reminder.appointment) == [state]


def test_rule_5_lost_twice_it_has_failed_and_a_person_must_look() -> None:
    reminder, _ = handed_over()
    for number in (0, 1):
        text = texts()[number]
        Message.objects.filter(pk=text.pk).update(status="unknown", call_started_at=timezone.now())
        text.refresh_from_db()
        reconciling.give_up(message=text, now=timezone.now())
    assert states(reminder.appointment) == ["failed: not_sent"]
    assert [text.attention for text in texts()] == ["", "not_sent"]


def test_rule_9_a_failure_that_passes_gets_one_later_try_and_the_reminder_hears_of_its_end(
    clock: time_machine.Traveller,
) -> None:
    reminder, text = handed_over()
    sweep()
    text.refresh_from_db()
    for code, state in (("30003", "sent"), ("30003", "failed: not_delivered")):
        last = texts()[-1]
        Message.objects.filter(pk=last.pk).update(status="undelivered", error_code=code)
        last.refresh_from_db()
        failing.failed(message=last, code=code, now=timezone.now())
        assert states(reminder.appointment) == [state]
        clock.shift(timedelta(minutes=16))
        sweep()
    assert len(texts()) == 2


def test_the_failure_of_other_texts_is_nothing_to_reminders() -> None:
    reminder, _ = handed_over()
    other = MessageFactory(status=MessageStatus.FAILED, related={"offer": 1})
    assert settling.ended(message_id=other.pk, now=timezone.now()) is False
    assert states(reminder.appointment) == ["scheduled"]


@pytest.mark.parametrize("status", ["cancelled", "skipped"])
def test_a_reminder_that_has_ended_hears_no_more(status: str) -> None:
    reminder, text = handed_over()
    reminder.status, reminder.reason = status, "not_booked"
    reminder.save()
    Message.objects.filter(pk=text.pk).update(status="sent", twilio_sid="SM1")
    assert settling.settle(reminder_id=reminder.pk, now=timezone.now()) is False
    assert states(reminder.appointment) == [f"{status}: not_booked"]


def test_one_that_is_unknown_or_not_handed_over_has_nothing_to_hear() -> None:
    assert settling.settle(reminder_id=0, now=timezone.now()) is False
    reminder = in_state(ReminderStatus.SCHEDULED)
    assert settling.settle(reminder_id=reminder.pk, now=timezone.now()) is False


def test_one_that_raises_is_logged_and_the_others_are_settled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (bad, _), (good, _) = handed_over(), handed_over()
    Message.objects.update(status="skipped", skip_reason="opted_out")
    move = transitions.move

    def broken(row: Any, **given: Any) -> None:
        if row.pk == bad.pk:
            raise RuntimeError
        move(row, **given)

    monkeypatch.setattr(transitions, "move", broken)
    assert settling.sweep(now=timezone.now()) == 1
    assert [states(each.appointment) for each in (bad, good)] == [["scheduled"], ["skipped: opted_out"]]
    assert "settling failed" in caplog.text
