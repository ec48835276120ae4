"""The link in an e-mail: looking at its page does nothing, its buttons answer as a text would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.models import AuditEvent
from messaging.models import Direction, Kind, Message, ProviderEvent, Suppression
from messaging.states import MessageStatus
from tests.factories import MessageFactory
from tests.messaging.mailing import ALICE, page_of, press, read_in, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def question() -> Message:
    return sent(kind=Kind.OFFER, related={"offer": 7, "patient": 3})


def nothing_happened() -> bool:
    return not (
        ProviderEvent.objects.exists()
        or Suppression.objects.exists()
        or AuditEvent.objects.exists()
        or Message.objects.filter(direction=Direction.INBOUND).exists()
    )


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", ["", "stop/"])
def test_to_look_never_acts_since_mail_scanners_follow_links(
    client: Client, question: Message, method: str, page: str
) -> None:
    answer = getattr(client, method)(page_of(question) + page)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert nothing_happened()


@pytest.mark.parametrize(("word", "body"), [("yes", "YES"), ("no", "NO")])
def test_a_button_is_an_answer_through_the_same_door_as_a_text(
    client: Client, question: Message, word: str, body: str
) -> None:
    assert press(client, question, word) == 302
    read_in(timezone.now())
    inbound = Message.objects.get(direction=Direction.INBOUND)
    assert (inbound.channel, inbound.from_number, inbound.body) == ("email", ALICE, body)
    assert (inbound.in_reply_to, inbound.related) == (question, question.related)


def test_a_form_sent_twice_answers_once(client: Client, question: Message) -> None:
    press(client, question, "yes", form="the same page")
    press(client, question, "yes", form="the same page")
    assert ProviderEvent.objects.count() == 1


def test_a_word_that_is_no_answer_to_it_changes_nothing(client: Client, question: Message) -> None:
    assert press(client, question, "perhaps") == 422
    assert press(client, sent(kind=Kind.CONFIRMATION), "yes") == 422
    assert nothing_happened()


def test_the_page_shows_our_words_about_the_answer_when_they_are_there(
    client: Client, question: Message
) -> None:
    press(client, question, "yes")
    assert b"we are reading your answer" in client.get(page_of(question)).content
    read_in(timezone.now())
    inbound = Message.objects.get(direction=Direction.INBOUND)
    Message.objects.filter(pk=inbound.pk).update(status=MessageStatus.HANDLED, outcome="won")
    MessageFactory(kind=Kind.CONFIRMATION, in_reply_to=inbound, body="You are booked.", channel="email")
    page = client.get(page_of(question)).content.decode()
    assert "You are booked." in page
    assert "we are reading your answer" not in page


def test_the_page_speaks_spanish_and_has_no_script_of_its_own(client: Client) -> None:
    page = client.get(page_of(sent(kind=Kind.OFFER, language="es"))).content.decode()
    assert ">Sí</button>" in page
    assert "<script>" not in page


@pytest.mark.parametrize("token", ["nobody", "a:b:c", "x" * 300])
def test_a_link_that_is_not_ours_is_answered_kindly_and_tells_nothing(client: Client, token: str) -> None:
    lost = client.get("/my/nobody/").content
    for answer in (client.get(f"/answer/{token}/"), client.post(f"/answer/{token}/stop/")):
        assert (answer.status_code, answer.content) == (404, lost)


@pytest.mark.parametrize("path", ["/answer/nobody/", "/my/nobody/"])
def test_a_dead_link_speaks_the_language_of_the_browser_first(client: Client, path: str) -> None:
    page = client.get(path, headers={"Accept-Language": "es-MX,es;q=0.9"}).content.decode()
    assert "<h1>Este enlace ya no funciona</h1>" in page
    assert '<html lang="es">' in page
    assert "<h1>This link no longer works</h1>" in client.get(path).content.decode()


def test_a_link_names_the_e_mail_and_ends_after_sixty_days(
    client: Client, clock: time_machine.Traveller
) -> None:
    page = page_of(sent(kind=Kind.OFFER))
    clock.shift(timedelta(days=59))
    assert client.get(page).status_code == 200
    clock.shift(timedelta(days=2))
    assert client.get(page).status_code == 404


def test_the_link_of_a_text_does_not_exist(client: Client) -> None:
    text = sent(channel="sms", to="+13125550142")
    assert client.get(page_of(text)).status_code == 404


def test_stop_takes_effect_at_once_and_is_kept_as_an_answer(client: Client, question: Message) -> None:
    client.post(page_of(question) + "stop/")
    row = Suppression.objects.get()
    assert (row.phone, row.source, row.lifted_at) == (ALICE, "email", None)
    assert client.post(page_of(question) + "stop/").status_code == 200
    read_in(timezone.now())
    assert Message.objects.get(direction=Direction.INBOUND).body == "STOP"


def test_who_has_stopped_can_only_start_again(client: Client, question: Message) -> None:
    client.post(page_of(question) + "stop/")
    assert press(client, question, "yes") == 422
    assert press(client, question, "start") == 302
    read_in(timezone.now() + timedelta(seconds=1))
    assert Suppression.objects.get().lifted_at is not None


def test_a_page_that_is_asked_for_too_often_is_not_shown(client: Client, question: Message) -> None:
    cache.set(f"answer:{question.uuid}", 30, 60)
    assert client.get(page_of(question)).status_code == 429


def test_rule_11_a_database_that_is_down_loses_no_answer(
    client: Client, question: Message, monkeypatch: Any
) -> None:
    def down(**_: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr("messaging.events.store", down)
    client.raise_request_exception = False
    assert press(client, question, "yes") == 500
    assert client.post(page_of(question) + "stop/").status_code == 500
    assert nothing_happened()
