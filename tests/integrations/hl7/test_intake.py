"""What is stored, and what is answered, whatever comes and whatever fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from clinic.models import Appointment
from integrations import handling, receiving, sealing
from integrations.facts import Why
from integrations.hl7 import intake
from integrations.hl7.acknowledging import Verdict
from integrations.hl7.intake import Answer
from integrations.models import FeedMessage, Parked, Source
from tests.integrations.hl7 import goldens

pytestmark = pytest.mark.django_db
BODY = goldens.load("s12_book").body
NOW = goldens.RECEIVED_AT


def take(source: Source, body: bytes = BODY) -> Answer:
    return intake.take(source=source, body=body, now=NOW)


def stored() -> list[bytes]:
    return [sealing.unseal(bytes(row.body)) for row in FeedMessage.objects.order_by("pk")]


def test_a_message_is_stored_as_it_came_and_answered_aa(source: Source) -> None:
    assert b"\rMSA|AA|N0001\r" in take(source).ack
    assert stored() == [BODY]


def test_the_same_message_again_is_answered_alike_and_stored_once(source: Source) -> None:
    assert [take(source).verdict for _ in range(3)] == [Verdict.STORED] * 3
    assert stored() == [BODY]


def test_the_same_control_id_with_another_body_is_another_message(source: Source) -> None:
    take(source)
    take(source, goldens.load("same_id_another_body").body)
    assert FeedMessage.objects.filter(control_id="N0001").count() == 2


@pytest.mark.parametrize(
    "name", ["not_hl7", "oru_unsupported", "no_control_id", "version_3", "unknown_charset"]
)
def test_what_is_refused_is_kept_for_staff(source: Source, name: str) -> None:
    body = goldens.load(name).body
    assert take(source, body).verdict is Verdict.REFUSED
    assert stored() == [body]


def test_a_message_for_another_receiver_is_refused_and_kept(source: Source) -> None:
    source.receiver = "BILLING"
    assert take(source).why is Why.WRONG_RECEIVER
    assert stored() == [BODY]


def test_a_source_that_is_switched_off_is_refused_and_nothing_is_kept(source: Source) -> None:
    source.active = False
    assert b"\rMSA|AR|N0001|This source is switched off\r" in take(source).ack
    assert stored() == []


def test_an_acknowledgment_is_not_acknowledged(source: Source) -> None:
    body = take(source).ack
    assert take(source, body).ack == b""
    assert stored() == [BODY]


def test_each_message_of_a_batch_is_stored_and_answered_alone(source: Source) -> None:
    answer = take(source, goldens.load("batch").body)
    assert [body[:3] for body in stored()] == [b"MSH", b"MSH"]
    assert answer.ack.startswith(b"BHS|")
    assert answer.ack.endswith(b"BTS|2\r")
    assert answer.ack.count(b"\rMSA|AA|") == 2


def test_of_a_batch_the_gravest_verdict_is_that_of_all(source: Source) -> None:
    answer = take(source, goldens.load("batch_of_one_bad").body)
    assert (answer.verdict, answer.why) == (Verdict.REFUSED, Why.UNSUPPORTED)
    assert len(stored()) == 2


@pytest.mark.parametrize("error", [OperationalError("gone"), sealing.NoKeys()])
def test_what_cannot_be_stored_is_answered_ae(
    source: Source, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def gone(**_: Any) -> None:
        raise error

    monkeypatch.setattr(receiving, "receive", gone)
    assert b"\rMSA|AE|N0001|Not stored; send it again\r" in take(source).ack


def test_of_a_batch_nothing_more_is_tried_once_the_database_is_gone(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def gone(**said: Any) -> None:
        tried.append(said["control_id"])
        raise OperationalError

    monkeypatch.setattr(receiving, "receive", gone)
    assert take(source, goldens.load("batch").body).ack.count(b"\rMSA|AE|") == 2
    assert tried == ["B1"]


def test_what_is_too_large_is_answered_by_its_beginning_which_is_kept(source: Source) -> None:
    body = BODY + b"NTE|1||x\r" * 10_000
    answer = intake.refuse_size(source=source, head=body, now=NOW)
    assert b"\rMSA|AR|N0001|Larger than this listener takes\r" in answer.ack
    assert stored() == [body[:65_536]]


def test_nobody_acts_on_the_beginning_of_what_is_too_large(source: Source) -> None:
    intake.refuse_size(source=source, head=BODY, now=NOW)
    handling.handle(message_id=FeedMessage.objects.get().pk, now=NOW)
    assert not Appointment.objects.exists()
    assert list(Parked.objects.values_list("why", "place")) == [("unreadable", "size")]


def test_of_a_source_that_is_switched_off_no_beginning_is_kept(source: Source) -> None:
    source.active = False
    assert intake.refuse_size(source=source, head=BODY, now=NOW).why is Why.WRONG_RECEIVER
    assert stored() == []


def test_what_is_too_large_and_cannot_be_kept_is_answered_ae(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(receiving, "receive", gone)
    assert b"\rMSA|AE|N0001|" in intake.refuse_size(source=source, head=BODY, now=NOW).ack


def test_a_control_id_that_no_column_takes_is_echoed_all_the_same(source: Source) -> None:
    name = b"\xff\x00" + b"9" * 300
    assert b"\rMSA|AA|" + name + b"\r" in take(source, BODY.replace(b"N0001", name)).ack
    assert len(stored()) == 1
