"""A marker in PID, NTE, SCH-7 and wherever else words stand is found in nothing but the sealed row."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from celery.app.task import Task
from django.core import mail
from django.db import connection
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from core.models import AuditEvent
from core.redaction import JsonFormatter
from integrations import handling, reading
from integrations.models import FeedMessage, Parked, Source
from tests.factories import UserFactory
from tests.integrations.hl7 import goldens
from tests.integrations.hl7.processes import listening

MARKER = b"Quixotl"
PATH = "/api/v1/hl7/messages/"


def marked(name: str) -> bytes:
    """A golden message with the marker in its words about the patient."""
    body = goldens.load(name).body.replace(b"|Tester^Alma", b"|" + MARKER + b"^" + MARKER)
    body = body.replace(b"|ROUTINE|", b"|" + MARKER + b" has a sore knee|")
    body = body.replace(b"1 Sample St", MARKER + b" St").replace(b"Patient asked", MARKER)
    return body + b"NTE|1||" + MARKER + b" called\rZPI|" + MARKER + b"\r"


BODIES = [
    marked("s12_book"),
    marked("s12_without_time"),
    marked("s15_cancel"),
    marked("oru_unsupported"),
    marked("unknown_status"),
    marked("dst_gap"),
    marked("a40_with_itself"),
    marked("not_hl7"),
    b"BHS|^~\\&\r" + marked("s14_modify") + b"BTS|1\r",
]


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a broker was told."""
    told: list[str] = []

    def publish(self: Any, *args: Any, **said: Any) -> None:
        told.append(repr((self.name, args, said)))

    monkeypatch.setattr(Task, "apply_async", publish)
    caplog.set_level(logging.DEBUG)
    return told


def post(source: Source, body: bytes) -> Any:
    user = source.user or UserFactory()
    Source.objects.filter(pk=source.pk).update(user=user)
    token, _ = Token.objects.get_or_create(user=user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client.generic("POST", PATH, body.decode(), content_type="application/hl7-v2")


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(JsonFormatter().format(record) for record in caplog.records)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_the_marker_is_in_no_answer_log_task_or_audit_line(
    source: Source, heard: list[str], caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    source.refresh_from_db()
    answer = post(source, body)
    for message_id in FeedMessage.objects.values_list("pk", flat=True):
        outcome = handling.handle(message_id=message_id, now=goldens.RECEIVED_AT)
        assert MARKER.decode() not in outcome
    trail = json.dumps(list(AuditEvent.objects.values("verb", "actor", "reason", "data")), default=str)
    parked = str(list(Parked.objects.values("why", "place", "code")))
    headers = str(dict(answer.items()))
    everything = [answer.content.decode(), headers, logged(caplog), *heard, trail, parked, str(mail.outbox)]
    assert not [text for text in everything if MARKER.decode().lower() in text.lower()]


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_tells_the_log_nothing_of_the_message(
    source: Source, heard: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(body: bytes, **_: Any) -> Any:
        raise ValueError(f"cannot read {body.decode()!r}")

    post(source, BODIES[0])
    monkeypatch.setitem(reading.READERS, "hl7", fail)
    ids = list(FeedMessage.objects.values_list("pk", flat=True))
    handling.handle_several(message_ids=ids, clock=lambda: goldens.RECEIVED_AT)
    assert "feed message failed" in logged(caplog)
    assert MARKER.decode() not in logged(caplog)


@pytest.mark.django_db(transaction=True)
def test_the_stored_row_is_sealed(source: Source, heard: list[str]) -> None:
    post(source, BODIES[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM integrations_feedmessage")
        [(body,)] = cursor.fetchall()
    assert MARKER not in bytes(body)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_listener_that_logs_all_it_can_says_nothing_of_its_messages(source: Source) -> None:
    with listening(log_level="DEBUG") as process:
        answers = process.send(*BODIES)
        process.running.terminate()
        assert process.running.stdout is not None
        said = process.running.stdout.read()
    assert MARKER.decode() not in said + b"".join(answers).decode()
