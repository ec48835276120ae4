"""The provider of these tests: a server on a loopback port, spoken to by the official client."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from django.test import Client

from messaging import gate
from messaging.gateways import simulated_webhooks
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


@pytest.fixture
def simulated_provider(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated phones, whose signed requests reach our webhooks without a server between them.

    The browser's tests have one. An address that is not ours is refused.
    """
    settings.USE_MOCK_TWILIO = True
    ours = settings.PUBLIC_URL

    def post(url: str, *, data: dict[str, str], headers: dict[str, str]) -> requests.Response:
        answer, form_type = requests.Response(), "application/x-www-form-urlencoded"
        if not url.startswith(ours):
            raise requests.ConnectionError
        path, form = url.removeprefix(ours), urlencode(data)
        answer.status_code = client.post(path, form, content_type=form_type, headers=headers).status_code
        return answer

    monkeypatch.setattr(simulated_webhooks, "_send", post)


@pytest.fixture(autouse=True)
def nobody_above_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending and receiving alone: whether a text is permitted is the offers' to say, and tested there."""
    monkeypatch.setattr(gate, "_permits", [])
