"""Rule 9: an alarm is a row that staff see, and a push where one is wanted; a lost push is due again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from messaging import alarms, stopping
from messaging.models import Alarm, AlarmKind
from tests.messaging.posting import CLINIC_NUMBER

pytestmark = pytest.mark.django_db


class Topic(HTTPServer):
    """A push service on a loopback port; it refuses while `status` is not 200."""

    heard: list[str]
    status: int


class _Handler(BaseHTTPRequestHandler):
    server: Topic

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        self.server.heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def topic(settings: Any) -> Iterator[Topic]:
    with Topic(("127.0.0.1", 0), _Handler) as server:
        server.heard, server.status = [], 200
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.NTFY_URL = f"http://127.0.0.1:{server.server_address[1]}/topic"
        yield server
        server.shutdown()


def stop() -> Alarm:
    stopping.stop(name=CLINIC_NUMBER, code="20003", now=timezone.now())
    return Alarm.objects.get()


def test_rule_9_an_alarm_is_pushed_once_and_names_nobody(topic: Topic) -> None:
    stop()
    assert (alarms.sweep(now=timezone.now()), alarms.sweep(now=timezone.now())) == (1, 0)
    assert topic.heard == ["Texts are stopped: the provider refuses their sender (20003)."]


def test_a_push_is_in_the_language_of_the_installation_whosever_request_it_is_in(topic: Topic) -> None:
    stop()
    with translation.override("es"):
        alarms.sweep(now=timezone.now())
    assert topic.heard == ["Texts are stopped: the provider refuses their sender (20003)."]


def test_rule_9_a_push_that_failed_is_tried_again(topic: Topic, clock: time_machine.Traveller) -> None:
    topic.status = 503
    alarm = stop()
    assert not alarms.push(alarm_id=alarm.pk, now=timezone.now())
    topic.status = 200
    assert alarms.sweep(now=timezone.now()) == 0
    clock.shift(timedelta(minutes=1))
    assert alarms.sweep(now=timezone.now()) == 1


def test_rule_9_without_a_topic_the_row_is_all(settings: Any) -> None:
    settings.NTFY_URL = ""
    assert stop().push_at is None


def test_rule_9_an_alarm_that_is_over_is_not_pushed_any_more(topic: Topic) -> None:
    alarm = stop()
    now = timezone.now()
    alarms.clear(kind=AlarmKind.SENDER_STOPPED, subject=CLINIC_NUMBER, by="manager", now=now)
    assert (alarms.push(alarm_id=alarm.pk, now=now), topic.heard) == (False, [])


def test_rule_9_the_next_stop_is_an_alarm_of_its_own() -> None:
    first = stop()
    now = timezone.now()
    alarms.clear(kind=AlarmKind.SENDER_STOPPED, subject=CLINIC_NUMBER, by="manager", now=now)
    alarms.sound(kind=AlarmKind.SENDER_STOPPED, subject=CLINIC_NUMBER, code="30034", now=now)
    assert [alarm.code for alarm in alarms.sounding()] == ["30034"]
    assert Alarm.objects.exclude(pk=first.pk).count() == 1
