"""Rule 24: however many workers empty old texts at once, each is emptied once, here and at the provider."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from messaging import gateways, purging, redacting
from messaging.gateways import Redacted
from messaging.models import Message, Redaction
from messaging.purging import Tally
from tests.messaging.sending import sent
from tests.races.race import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
AGE = datetime.timedelta(days=180)


def test_rule_24_two_workers_empty_a_text_once(now: datetime.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 5)
    for _ in range(20):
        sent()
    later = now + AGE * 2
    tallies: list[Tally] = []

    def purge() -> None:
        tallies.append(purging.purge(older_than=AGE, clock=lambda: later))

    at_once(*[purge] * 4)
    # One that another worker holds is left to the next run.
    purge()
    assert sum(tally.emptied for tally in tallies) == sum(tally.at_provider for tally in tallies) == 20
    assert Redaction.objects.count() == 20
    assert not Message.objects.exclude(body="").exists()


def test_rule_24_two_sweeps_ask_the_provider_once(now: datetime.datetime, monkeypatch: Any) -> None:
    asked: list[str] = []

    class Provider:
        """Remembers what it was asked to empty."""

        def redact(self, *, sid: str) -> Redacted:
            asked.append(sid)
            return Redacted()

    monkeypatch.setattr(gateways, "current", Provider)
    sids = []
    for _ in range(20):
        text = sent(body="", purged_at=now)
        sids.append(text.twilio_sid or "")
        Redaction.objects.create(message=text, created_at=now, due_at=now)
    at_once(*[lambda: redacting.sweep(clock=lambda: now)] * 4)
    assert sorted(asked) == sorted(sids)
    assert not Redaction.objects.exclude(result="redacted").exists()
