"""What patients text on the simulated phones, and what the provider itself makes of a keyword."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from messaging import fetching, inbox
from messaging.gateways import Outgoing, Refused, Sent, simulated, simulated_replies
from messaging.models import Direction, Message, ProviderEvent, SimulatedPhone, SimulatedText, Suppression
from tests.messaging.on_phones import ALICE, NOBODY, texted
from tests.messaging.posting import CLINIC_NUMBER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated_provider")]


def says(body: str, *, pictures: int = 0) -> dict[str, Any]:
    """A patient texts; the form that came to the webhook."""
    sid = simulated_replies.answer(from_number=ALICE, body=body, pictures=pictures, now=timezone.now())
    inbox.sweep(now=timezone.now())
    form: dict[str, Any] = ProviderEvent.objects.get(sid=sid).payload
    return form


def gets() -> object:
    """What the provider answers to another text to this phone."""
    outgoing = Outgoing(uuid=uuid.uuid4(), sender=CLINIC_NUMBER, to=ALICE, body="An earlier time")
    return simulated.take(outgoing=outgoing, now=timezone.now())


def confirmations() -> list[str]:
    texts = SimulatedText.objects.filter(by_provider=True).order_by("pk")
    return list(texts.values_list("body", flat=True))


@pytest.mark.parametrize("body", ["YES", "Sí, por favor", "👍🏽", "¿Mañana?", " yes\n", "x" * 1600])
def test_words_come_as_they_were_typed(body: str) -> None:
    form = says(body)
    assert (form["Body"], form["NumMedia"], form["From"]) == (body, "0", ALICE)
    assert Message.objects.get(direction=Direction.INBOUND).body == body


def test_a_picture_may_come_without_a_word() -> None:
    form = says("", pictures=1)
    assert (form["Body"], form["NumMedia"], form["MediaContentType0"]) == ("", "1", "image/jpeg")
    assert form["MessageSid"].startswith("MM")


@pytest.mark.parametrize("word", sorted(simulated_replies.STOP))
def test_after_a_keyword_the_provider_blocks_and_says_so(word: str) -> None:
    assert says(f" {word.title()} ")["OptOutType"] == "STOP"
    assert gets() == Refused("21610")
    assert confirmations() == [simulated_replies.STOPPED]
    assert Suppression.objects.get().phone == ALICE


@pytest.mark.parametrize("body", ["please stop", "STOP!", "stop texting me"])
def test_the_provider_knows_keywords_alone(body: str) -> None:
    assert "OptOutType" not in says(body)
    assert isinstance(gets(), Sent)
    assert confirmations() == []


def test_a_keyword_beside_a_picture_is_none() -> None:
    assert "OptOutType" not in says("STOP", pictures=1)
    assert SimulatedPhone.objects.get().blocked_at is None


def test_a_second_stop_is_not_confirmed_again() -> None:
    says("STOP")
    assert says("STOP")["OptOutType"] == "STOP"
    assert confirmations() == [simulated_replies.STOPPED]


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_the_provider_opens_what_a_stop_has_closed(word: str) -> None:
    says("STOP")
    assert says(word)["OptOutType"] == "START"
    assert confirmations() == [simulated_replies.STOPPED, simulated_replies.STARTED]
    assert isinstance(gets(), Sent)


def test_a_yes_of_somebody_who_never_stopped_is_a_yes() -> None:
    assert "OptOutType" not in says("YES")
    assert confirmations() == []


def test_help_is_ours_to_answer() -> None:
    assert says("HELP")["OptOutType"] == "HELP"
    assert confirmations() == []


def test_the_provider_s_own_words_are_in_none_of_our_lists(settings: Any) -> None:
    says("STOP")
    provider, now = simulated.SimulatedGateway(), timezone.now()
    since = now - timedelta(hours=1)
    assert provider.handed_over(senders=[CLINIC_NUMBER], since=since, until=now) == {}
    assert provider.find(to=ALICE, body=simulated_replies.STOPPED, since=since) == []
    assert not provider.has(sid=SimulatedText.objects.get(by_provider=True).sid)


def test_an_answer_goes_to_the_number_that_has_asked() -> None:
    outgoing = Outgoing(uuid=uuid.uuid4(), sender="+15005550009", to=ALICE, body="An earlier time")
    simulated.take(outgoing=outgoing, now=timezone.now())
    assert says("YES")["To"] == "+15005550009"


def test_an_answer_to_a_messaging_service_goes_to_a_number_of_it(settings: Any) -> None:
    settings.TWILIO_PHONE_NUMBER = ""
    outgoing = Outgoing(uuid=uuid.uuid4(), sender="MG" + "0" * 32, to=ALICE, body="An earlier time")
    simulated.take(outgoing=outgoing, now=timezone.now())
    assert says("YES")["To"] == simulated_replies.SERVICE_NUMBER


def test_an_answer_that_does_not_get_through_is_fetched(settings: Any, clock: Any) -> None:
    fetching.fetch_all(now=timezone.now())
    settings.PUBLIC_URL = NOBODY
    with pytest.raises(requests.ConnectionError):
        simulated_replies.answer(from_number=ALICE, body="YES", pictures=1, now=timezone.now())
    clock.shift(timedelta(minutes=1))
    assert fetching.fetch_all(now=timezone.now()) == 1
    event = ProviderEvent.objects.get()
    assert (event.payload["Body"], event.payload["NumMedia"]) == ("YES", "1")


def test_who_answers_has_looked_at_what_came_before() -> None:
    text = texted()
    assert SimulatedPhone.objects.get().seen_text < text.pk
    says("NO")
    assert SimulatedPhone.objects.get().seen_text > text.pk
