"""Rule 6: a text must not leave the provider's queue so late that nobody can answer in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import gate
from messaging.models import Kind
from tests.messaging.sending import queued, send
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db

MINUTE = 60.0


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("hold", "validity"),
    [
        (7 * MINUTE, 390),
        (36, 6),
        # A hold that is shorter than the margin and five seconds is so by choice
        (35, 35),
        (3, 3),
        (0.5, 1),
        (24 * 60 * MINUTE, 36_000 - 30),
    ],
)
def test_rule_6_validity_is_the_hold_less_half_a_minute(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch, hold: float, validity: int
) -> None:
    until = timezone.now() + timedelta(seconds=hold)
    monkeypatch.setitem(gate._gates, Kind.OFFER, lambda message, now: gate.Go("An earlier time.", until))
    send(queued(kind=Kind.OFFER, related={"offer": 0}))
    assert int(twilio.taken[0].validity) == validity


def test_rule_6_a_text_without_a_deadline_has_none(twilio: StandIn) -> None:
    send(queued())
    assert twilio.taken[0].validity == ""
