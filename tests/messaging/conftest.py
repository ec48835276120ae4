"""The provider of these tests: a server on a loopback port, spoken to by the official client."""

from collections.abc import Iterator
from typing import Any

import pytest

from messaging import gate
from tests.messaging.posting import CLINIC_NUMBER
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, StandIn


@pytest.fixture(scope="session")
def twilio_server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def twilio(twilio_server: StandIn, settings: Any) -> StandIn:
    """Twilio with an empty memory and no faults; our side is configured for it."""
    twilio_server.reset()
    settings.USE_MOCK_TWILIO = False
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKENS = [AUTH_TOKEN]
    settings.TWILIO_PHONE_NUMBER = CLINIC_NUMBER
    settings.TWILIO_MESSAGING_SERVICE_SID = ""
    settings.TWILIO_API_BASE_URL = twilio_server.url
    settings.TWILIO_TIMEOUT_SECONDS = 0.5
    return twilio_server


@pytest.fixture(autouse=True)
def nobody_above_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending and receiving alone: whether a text is permitted is the offers' to say, and tested there."""
    monkeypatch.setattr(gate, "_permits", [])
