"""Many texts that leave at once over the official client."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from messaging.gateways import Answer, Outgoing, Sent
from messaging.gateways.twilio import TwilioGateway
from tests.messaging import posting
from tests.twilio_standin import StandIn

AT_ONCE, TEXTS = 16, 64


@pytest.fixture
def gateway(twilio: StandIn, settings: Any) -> TwilioGateway:
    """Its provider takes its time, and we have more of it."""
    twilio.always = "slow:0.05"
    settings.TWILIO_TIMEOUT_SECONDS = 30
    return TwilioGateway(base_url=twilio.url)


def text_to(number: int) -> Outgoing:
    to = f"+1212555{number:04}"
    return Outgoing(uuid=uuid.uuid4(), sender=posting.CLINIC_NUMBER, to=to, body="Taken.")


def sent_at_once(gateway: TwilioGateway) -> list[Answer]:
    with ThreadPoolExecutor(AT_ONCE) as crew:
        return list(crew.map(gateway.send, [text_to(number) for number in range(TEXTS)]))


def test_each_text_gets_the_answer_that_was_for_it(gateway: TwilioGateway, twilio: StandIn) -> None:
    answers = sent_at_once(gateway)
    sids = {text.to: text.sid for text in twilio.taken}
    assert answers == [Sent(sids[text_to(number).to]) for number in range(TEXTS)]


def test_threads_that_send_at_once_keep_their_connections(gateway: TwilioGateway) -> None:
    sent_at_once(gateway)
    pools = gateway._client.http_client._adapter.poolmanager.pools
    (pool,) = (pools[key] for key in pools.keys())  # noqa: SIM118 - it cannot be gone through itself
    assert pool.num_requests == TEXTS
    assert pool.num_connections <= AT_ONCE


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_a_proxy_of_the_environment_is_used(
    twilio: StandIn, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Nobody listens there: a text that went another way would arrive.
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    answer = TwilioGateway(base_url=twilio.url).send(text_to(1))
    assert (isinstance(answer, Sent), twilio.posts) == (False, 0)
