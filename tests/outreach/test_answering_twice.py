"""The same 1 or 2 twice: pressed twice, or sent twice by a phone with a bad line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from messaging.models import Attention, Message
from outreach.models import CancelQuestion
from tests.outreach.test_answering import PHONE, attentions, reminded, says, status_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "name", "then"), [("1", "visit_cancelled", "cancelled"), ("2", "visit_kept", "booked")]
)
def test_it_was_answered_before_and_nobody_is_told_that_nothing_was_changed(
    words: str, name: str, then: str
) -> None:
    visit = reminded()
    says("can't come")
    assert [says(words), says(words), says(words)] == [name, "said_again", "said_again"]
    assert Message.objects.filter(to=PHONE, template__startswith=name).count() == 1
    assert Message.objects.filter(to=PHONE).count() == 3
    assert (status_of(visit), attentions()) == (then, [Attention.NONE] * 4)


@pytest.mark.parametrize(("first", "second"), [("1", "2"), ("2", "1")])
def test_who_thinks_again_has_not_said_the_same(first: str, second: str) -> None:
    reminded()
    says("can't come")
    says(first)
    assert says(second) != "said_again"


def test_an_hour_later_it_is_about_something_else(clock: Any) -> None:
    reminded(hours=48)
    says("can't come")
    says("1")
    clock.shift(timedelta(hours=1))
    assert says("1") != "said_again"
    assert not CancelQuestion.objects.filter(answer="").exists()
