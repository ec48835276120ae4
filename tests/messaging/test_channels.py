"""Each message leaves by its own channel, and what holds one channel back holds back no other."""

from __future__ import annotations

import pytest
from django.utils import timezone

from core.channels import Channel
from messaging import gateways, outbox, senders
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from tests.messaging.sending import queued, send, sweep
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db


def test_a_draft_names_its_channel_and_what_an_e_mail_needs() -> None:
    draft = outbox.Draft(
        kind=Kind.REPLY,
        to="alice@example.org",
        key="reply:1",
        channel=Channel.EMAIL,
        subject="A question",
        language="es",
        body="¿Puede venir?",
    )
    outbox.queue(drafts=[draft], now=timezone.now())
    row = Message.objects.get()
    assert (row.channel, row.to, row.subject, row.language) == (
        "email",
        "alice@example.org",
        "A question",
        "es",
    )


def test_a_text_leaves_by_the_provider_of_texts(twilio: StandIn) -> None:
    assert send(queued()).status == MessageStatus.SENT
    assert gateways.carrier(Channel.SMS) is gateways.current()


def test_a_channel_that_is_off_has_no_sender_and_no_carrier() -> None:
    assert not senders.is_on(Channel.VOICE)
    assert senders.route_of(kind=Kind.OFFER, channel=Channel.VOICE) is None
    with pytest.raises(gateways.NoCarrier):
        gateways.carrier("pigeon")


def test_what_a_channel_that_is_off_left_behind_is_skipped_and_says_why(twilio: StandIn) -> None:
    left = queued(channel=Channel.WHATSAPP)
    sweep()
    left.refresh_from_db()
    assert (left.status, left.skip_reason) == (MessageStatus.SKIPPED, senders.CHANNEL_OFF)
    assert twilio.taken == []
