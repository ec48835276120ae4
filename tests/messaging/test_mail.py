"""E-mail over real SMTP: what left, what certainly did not, and what nobody knows."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.channels import Channel
from messaging import delivery, numbers, reconciling, senders, stopping
from messaging.models import Alarm, Attention, Kind, Message, Sender, SimulatedText, UnusableNumber
from messaging.states import MessageStatus
from tests.mail_server import MailServer
from tests.messaging.mailing import ALICE, CLINIC, due
from tests.messaging.sending import queued, send, sweep
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail(mail_server: MailServer, twilio: StandIn, settings: Any) -> MailServer:
    """A mail server with an empty memory and no fault; our side is configured for it."""
    mail_server.fault, mail_server.taken = "", []
    settings.EMAIL_PROVIDER = ""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 1
    settings.EMAIL_FROM = CLINIC
    return mail_server


def test_an_e_mail_leaves_once_with_an_id_that_its_reports_bear(mail: MailServer) -> None:
    message = send(due())
    (taken,) = mail.taken
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, f"EM{message.uuid.hex}")
    assert taken["Message-ID"] == f"<{message.uuid}@example.org>"
    assert (taken["To"], taken["From"], taken["Subject"]) == (ALICE, CLINIC, "Clinic: an earlier time")


def test_one_click_stops_an_e_mail_as_rfc_8058_has_it(mail: MailServer, client: Client) -> None:
    send(due())
    (taken,) = mail.taken
    assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.fullmatch(r"<(http\S+/stop/)>", str(taken["List-Unsubscribe"]).strip())
    assert url is not None
    path = url[1].split("/", 3)[3]
    assert client.post(f"/{path}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    again = send(due())
    assert (again.status, again.skip_reason) == (MessageStatus.SKIPPED, "opted_out")


@pytest.mark.parametrize(("language", "words"), [("en", "To answer"), ("es", "Para contestar")])
def test_an_e_mail_speaks_its_readers_language_and_names_nobody_in_a_link(
    mail: MailServer, language: str, words: str
) -> None:
    send(due(language=language, body="Mañana a las 9 & no más tarde"))
    text = mail.taken[0].get_content()
    links = re.findall(r"http\S+", text)
    assert words in text
    assert "Mañana a las 9 & no más tarde" in text
    assert len(links) == 2
    assert not any("alice" in link or "%40" in link for link in links)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("mail:451 later", MessageStatus.QUEUED, ""),
        ("rcpt:450 4.2.1 greylisted", MessageStatus.QUEUED, ""),
        ("rcpt:reset", MessageStatus.QUEUED, ""),
        ("rcpt:hang", MessageStatus.QUEUED, ""),
        ("data:451 not now", MessageStatus.QUEUED, ""),
        ("rcpt:550 5.1.1 nobody here", MessageStatus.FAILED, "rcpt 550"),
        ("rcpt:550 5.7.1 not from you", MessageStatus.FAILED, "policy"),
        ("data:554 no", MessageStatus.FAILED, "data 554"),
        ("data:hang", MessageStatus.UNKNOWN, ""),
        ("data:reset", MessageStatus.UNKNOWN, ""),
    ],
)
def test_rule_3_a_mail_servers_answer_is_taken_for_what_it_says(
    mail: MailServer, fault: str, status: str, code: str
) -> None:
    mail.fault = fault
    message = send(due())
    assert (message.status, message.error_code) == (status, code)


def test_rule_3_a_refused_connection_was_nothing_sent(mail: MailServer, settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = nobody.getsockname()[1]
        assert send(due()).status == MessageStatus.QUEUED


def test_an_e_mail_of_which_nobody_knows_is_never_sent_again(mail: MailServer) -> None:
    mail.fault = "data:reset"
    message = send(due(kind=Kind.CONFIRMATION))
    mail.fault = ""
    sweep()
    reconciling.sweep(now=timezone.now() + timedelta(minutes=1))
    message.refresh_from_db()
    assert (message.status, len(mail.taken)) == (MessageStatus.UNKNOWN, 1)
    reconciling.sweep(now=timezone.now() + timedelta(minutes=11))
    message.refresh_from_db()
    assert message.status == MessageStatus.NOT_SENT


def test_a_second_lost_e_mail_is_on_the_list_of_staff(mail: MailServer) -> None:
    lost = due(kind=Kind.CONFIRMATION, logical_key="confirmation:1#2", status=MessageStatus.UNKNOWN)
    Message.objects.update(call_started_at=timezone.now() - timedelta(minutes=11))
    reconciling.sweep(now=timezone.now() + timedelta(seconds=1))
    lost.refresh_from_db()
    assert (lost.status, lost.attention) == (MessageStatus.NOT_SENT, Attention.NOT_SENT)


def test_a_mailbox_that_is_nobodys_is_used_no_more_and_the_number_of_its_name_still(
    mail: MailServer,
) -> None:
    mail.fault = "rcpt:550 5.1.1 nobody here"
    send(due())
    mail.fault = ""
    row = UnusableNumber.objects.get()
    assert (row.phone, row.channel) == (ALICE, "email")
    assert send(due()).skip_reason == "unusable_number"
    numbers.use_again(number_id=row.pk, by="frontdesk", now=timezone.now())
    assert send(due()).status == MessageStatus.SENT


def test_the_mail_servers_breaker_stops_no_text(mail: MailServer, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "wrong"
    held, text = due(), queued()
    sweep()
    held.refresh_from_db()
    text.refresh_from_db()
    assert (held.status, text.status) == (MessageStatus.QUEUED, MessageStatus.SENT)
    assert Sender.objects.get(status="stopped").name == CLINIC == Alarm.objects.get().subject
    assert mail.taken == []


def test_a_stopped_sender_of_texts_stops_no_e_mail(mail: MailServer, twilio: StandIn) -> None:
    texts = senders.route_of(kind=Kind.REPLY, channel=Channel.SMS)
    assert texts is not None
    stopping.stop(name=texts.name, code="20003", now=timezone.now())
    held, letter = queued(), due()
    sweep()
    held.refresh_from_db()
    letter.refresh_from_db()
    assert (held.status, letter.status) == (MessageStatus.QUEUED, MessageStatus.SENT)


def test_a_rate_of_texts_holds_no_e_mail_and_the_other_way_round(mail: MailServer, settings: Any) -> None:
    settings.TWILIO_TEXTS_PER_SECOND = settings.EMAIL_PER_SECOND = 0.1
    for _ in range(2):
        queued()
        due()
    sweep()
    left = Message.objects.filter(status=MessageStatus.SENT).order_by("channel")
    assert list(left.values_list("channel", flat=True)) == ["email", "sms"]


def test_no_e_mail_is_sent_where_none_is_configured(mail: MailServer, settings: Any) -> None:
    settings.EMAIL_FROM = ""
    assert send(due()).skip_reason == senders.CHANNEL_OFF
    assert mail.taken == []


def test_with_simulated_phones_an_e_mail_goes_where_the_texts_go(mail: MailServer, settings: Any) -> None:
    settings.USE_MOCK_TWILIO = True
    message = send(due())
    shown = SimulatedText.objects.get()
    assert (shown.channel, shown.to, shown.sid) == ("email", ALICE, message.twilio_sid)
    assert "/answer/" in shown.body
    assert mail.taken == []


def test_a_worker_that_dies_leaves_an_e_mail_unknown(mail: MailServer) -> None:
    message = due()
    delivery.claim(message_id=message.pk, now=timezone.now())
    delivery.release_expired(now=timezone.now() + timedelta(minutes=2))
    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN
