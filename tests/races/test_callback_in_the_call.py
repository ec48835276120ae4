"""A callback that comes in the instant in which its text's own call is written down."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from messaging import delivery, inbox
from messaging.gateways import Sent
from messaging.models import Message, ProviderEvent
from messaging.states import MessageStatus
from tests.messaging.sending import queued

pytestmark = pytest.mark.django_db(transaction=True)
# Those who wait for our transaction to end.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


def read_in(event_id: int) -> None:
    try:
        inbox.handle_all(event_id=event_id, now=timezone.now())
    finally:
        connection.close()


def until_it_waits() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError


def test_rule_8_a_callback_that_waits_for_the_call_s_result_is_not_lost() -> None:
    claimed, _ = delivery.claim(message_id=queued().pk, now=timezone.now())
    assert claimed is not None
    event = ProviderEvent.objects.create(
        sid="SMours",
        kind="status:delivered",
        phone=claimed.to,
        message_uuid=claimed.uuid,
        payload={},
        received_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )
    reader = threading.Thread(target=read_in, args=(event.pk,))
    with transaction.atomic():
        delivery.settle(message=claimed, answer=Sent("SMours"), now=timezone.now())
        reader.start()
        until_it_waits()
    reader.join()
    assert Message.objects.get(pk=claimed.pk).status == MessageStatus.DELIVERED
