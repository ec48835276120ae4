"""What is answered is committed: nobody receives inside of a transaction, which ends after the answer."""

from __future__ import annotations

import pytest
from django.db import connections, transaction
from django.utils import timezone

from integrations import receiving
from integrations.models import FeedMessage
from tests.factories_of_feeds import SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def received() -> receiving.Arrived:
    source = SourceFactory.create()
    return receiving.receive(
        source_id=source.pk, kind="hl7", control_id="M1", body=b"MSH", now=timezone.now()
    )


def test_a_message_is_there_for_others_once_it_is_received() -> None:
    row_id = received().row_id
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT id FROM integrations_feedmessage")
        assert cursor.fetchall() == [(row_id,)]
    other.close()


def test_inside_a_transaction_nothing_is_received() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        received()
    assert not FeedMessage.objects.exists()
