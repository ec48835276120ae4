"""Answers to the text that a visit is booked, before anybody was reminded of it."""

from __future__ import annotations

import pytest

from outreach.models import CancelQuestion
from tests.outreach.test_answering import reminded, says, status_of

pytestmark = pytest.mark.django_db


def test_whoever_was_told_of_a_visit_may_say_before_any_reminder_that_it_cannot_be() -> None:
    visit = reminded(kind="confirmation", hours=200)
    assert says("I can't come") == "ask_cancel"
    assert says("1") == "visit_cancelled"
    assert status_of(visit) == "cancelled"


@pytest.mark.parametrize("words", ["C", "Thank you!", "Where do I park?"])
def test_nothing_else_that_is_said_to_a_confirmation_is_an_answer_to_a_reminder(words: str) -> None:
    visit = reminded(kind="confirmation", hours=200)
    says(words)
    assert (status_of(visit), CancelQuestion.objects.count()) == ("booked", 0)
