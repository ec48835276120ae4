"""What a provider of e-mail reports: kept once each, and drawn the consequences of."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Message, ProviderEvent, Suppression, UnusableNumber
from messaging.states import MessageStatus
from tests.messaging.mailing import ALICE, read_in, sent

pytestmark = pytest.mark.django_db

SECRET = "reports:0123456789abcdef"
ADDRESS = "/webhooks/email/"


@pytest.fixture(autouse=True)
def _postmark(settings: Any) -> None:
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "POSTMARK_SERVER_TOKEN": "a-token"}


def report(client: Client, message: Message, *, secret: str = SECRET, **fields: Any) -> int:
    """Postmark reports about an e-mail, and the report is read."""
    body = {"Metadata": {"m": str(message.uuid)}, "MessageID": "its-own-id", "Email": ALICE, **fields}
    body.setdefault("Recipient", ALICE)
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    answer = client.post(ADDRESS, json.dumps(body), content_type="application/json", headers=headers)
    read_in(timezone.now())
    message.refresh_from_db()
    return answer.status_code


def bounces(client: Client, message: Message, kind: str = "HardBounce") -> int:
    bounce: dict[str, Any] = {
        "RecordType": "Bounce",
        "Type": kind,
        "ID": 42,
        "BouncedAt": "2026-03-02T16:00:00Z",
    }
    return report(client, message, **bounce)


def delivers(client: Client, message: Message) -> int:
    return report(client, message, RecordType="Delivery", DeliveredAt="2026-03-02T16:00:00Z")


def test_a_delivery_is_a_delivery(client: Client) -> None:
    message = sent()
    assert delivers(client, message) == 200
    assert message.status == MessageStatus.DELIVERED


def test_a_bounce_for_good_is_a_permanent_failure_of_the_address(client: Client) -> None:
    message = sent()
    assert bounces(client, message) == 200
    assert (message.status, message.error_code) == (MessageStatus.UNDELIVERED, "bounced")
    assert UnusableNumber.objects.get().phone == ALICE


def test_rule_8_a_report_that_comes_twice_or_late_changes_nothing(client: Client) -> None:
    message = sent()
    for step in (delivers, delivers, bounces, bounces):
        step(client, message)
    assert message.status == MessageStatus.DELIVERED
    assert ProviderEvent.objects.count() == 2
    assert not UnusableNumber.objects.exists()


def test_rule_4_a_report_settles_an_e_mail_of_which_nobody_knew(client: Client) -> None:
    message = sent()
    Message.objects.update(status=MessageStatus.UNKNOWN, twilio_sid=None, next_attempt_at=timezone.now())
    delivers(client, message)
    assert (message.status, message.twilio_sid) == (MessageStatus.DELIVERED, f"EM{message.uuid.hex}")


def test_a_complaint_stops_the_address(client: Client) -> None:
    message = sent()
    report(
        client, message, RecordType="SpamComplaint", BouncedAt="2026-03-02T16:00:00Z", Type="SpamComplaint"
    )
    assert Suppression.objects.get(lifted_at=None).phone == ALICE


def test_who_opened_an_e_mail_is_not_kept(client: Client) -> None:
    message = sent()
    assert report(client, message, RecordType="Open", ReceivedAt="2026-03-02T16:00:00Z") == 200
    assert (message.status, ProviderEvent.objects.count()) == (MessageStatus.SENT, 0)


def test_only_who_knows_the_secret_may_report(client: Client) -> None:
    message = sent()
    assert report(client, message, secret="reports:wrong", RecordType="Delivery") == 400
    assert (message.status, ProviderEvent.objects.count()) == (MessageStatus.SENT, 0)


@pytest.mark.parametrize(
    ("provider", "anymail"),
    [("", {"WEBHOOK_SECRET": SECRET}), ("postmark", {"POSTMARK_SERVER_TOKEN": "a-token"})],
)
def test_without_a_provider_or_a_secret_there_is_no_such_address(
    client: Client, settings: Any, provider: str, anymail: dict[str, str]
) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL = provider, anymail
    assert client.post(ADDRESS, "{}", content_type="application/json").status_code == 404


def test_a_report_about_nothing_of_ours_is_taken_and_forgotten(client: Client) -> None:
    message = sent()
    body: dict[str, Any] = {"RecordType": "Delivery", "Metadata": {}, "MessageID": "x", "Recipient": ALICE}
    assert report(client, message, **{**body, "DeliveredAt": "2026-03-02T16:00:00Z"}) == 200
    assert ProviderEvent.objects.count() == 0
