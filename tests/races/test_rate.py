"""Rule 7: however many workers send at once, together they keep to the rate of their sender."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from messaging import delivery
from messaging.models import Message, SimulatedText
from tests.messaging.sending import queued
from tests.races.race import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_rule_7_all_workers_share_one_bucket(settings: Any, now: datetime) -> None:
    settings.TWILIO_TEXTS_PER_SECOND = 2
    texts = [queued() for _ in range(12)]
    at_once(*[partial(delivery.send, message_id=text.pk, clock=lambda: now) for text in texts])
    # A bucket of four: two a second for two seconds
    assert SimulatedText.objects.count() == 4
    waiting = Message.objects.filter(status="queued")
    assert waiting.count() == 8
    assert all(text.next_attempt_at and text.next_attempt_at > now for text in waiting)
