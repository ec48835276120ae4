"""The audit trail takes lines and never gives one up."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from core import audit
from core.models import AuditEvent

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    alice = User.objects.create(username="alice")
    audit.record(
        actor="alice", verb="user.made", obj=alice, at=NOW, reason="new here", ip="192.0.2.1", groups=[1, 2]
    )
    return AuditEvent.objects.get()


def test_a_line_says_who_did_what_to_which_record_when_from_where_and_why(event: AuditEvent) -> None:
    assert (event.actor, event.verb, event.at, event.ip, event.reason) == (
        "alice",
        "user.made",
        NOW,
        "192.0.2.1",
        "new here",
    )
    assert (event.object_type, event.object_id) == ("auth.user", str(User.objects.get().pk))
    assert event.data == {"groups": [1, 2]}


def test_a_line_goes_when_its_transaction_is_undone() -> None:
    alice = User.objects.create(username="alice")
    with transaction.atomic():
        audit.record(actor=audit.SYSTEM, verb="user.made", obj=alice, at=NOW)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_the_database_refuses_to_change_a_line(event: AuditEvent) -> None:
    with pytest.raises(IntegrityError, match="append-only: UPDATE refused"), transaction.atomic():
        AuditEvent.objects.update(actor="mallory")
    event.refresh_from_db()
    assert event.actor == "alice"


def test_the_database_refuses_to_delete_a_line(event: AuditEvent) -> None:
    with pytest.raises(IntegrityError, match="append-only: DELETE refused"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")
    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_the_database_refuses_to_empty_the_trail(event: AuditEvent) -> None:
    refused = pytest.raises(IntegrityError, match="append-only: TRUNCATE refused")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_auditevent")
    assert AuditEvent.objects.filter(pk=event.pk).exists()
