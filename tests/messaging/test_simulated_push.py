"""A push per text on a simulated phone: its own task, after the text has arrived, and it names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from celery.app.task import Task
from django.utils import timezone

from messaging.gateways import simulated_push
from messaging.models import SimulatedText
from messaging.tasks import push_simulated_text
from tests.messaging.on_phones import ALICE, network, texted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated_provider")]


class Topic(ThreadingHTTPServer):
    """A push service on a loopback port, which answers with `status` after `seconds`."""

    heard: list[tuple[dict[str, str], str]]
    status: int
    seconds: float


class _Handler(BaseHTTPRequestHandler):
    server: Topic

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        words = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((dict(self.headers.items()), words))
        sleep(self.server.seconds)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def topic(settings: Any) -> Iterator[Topic]:
    with Topic(("127.0.0.1", 0), _Handler) as server:
        server.heard, server.status, server.seconds = [], 200, 0
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.NTFY_URL = f"http://127.0.0.1:{server.server_address[1]}/topic"
        yield server
        server.shutdown()


def pushed() -> int:
    return simulated_push.sweep(now=timezone.now())


def test_a_push_leads_to_the_phone_and_names_nobody(topic: Topic, settings: Any) -> None:
    text = texted(body="Oak Street: ¿está libre?")
    assert pushed() == 1
    headers, words = topic.heard[0]
    page = f"{settings.PUBLIC_URL}/phones/of-text/{text.pk}/"
    assert words == "Oak Street: ¿está libre?"
    assert (headers["Title"], headers["Tags"]) == ("Text to the phone ...0142", "speech_balloon")
    assert (headers["Click"], headers["Actions"]) == (page, f"view, Open the phone, {page}")
    assert ALICE not in str(headers)


def test_a_text_is_pushed_once(topic: Topic) -> None:
    text = texted()
    push_simulated_text.run(text_id=text.pk)
    assert (pushed(), len(topic.heard)) == (0, 1)


def test_a_push_waits_until_the_text_has_arrived(topic: Topic, clock: Any) -> None:
    network(delay_seconds=30)
    texted()
    assert pushed() == 0
    clock.shift(timedelta(seconds=30))
    assert pushed() == 1


def test_a_text_wakes_what_brings_its_callbacks_and_its_push(
    topic: Topic, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(Task, "apply_async", lambda task, **options: woken.append(task.name.split(".")[-1]))
    with django_capture_on_commit_callbacks(execute=True):
        texted()
    assert woken == ["simulate_receipts", "push_simulated_text"]
    network(delay_seconds=30)
    with django_capture_on_commit_callbacks(execute=True):
        texted()
    assert len(woken) == 2


def test_what_never_arrives_is_not_pushed(topic: Topic) -> None:
    network(fate="undelivered", error_code="30005")
    texted()
    assert pushed() == 0


def test_a_slow_push_service_holds_up_no_text(topic: Topic) -> None:
    topic.seconds = 1
    began = monotonic()
    texted()
    took = monotonic() - began
    assert took < 0.5
    assert topic.heard == []
    assert pushed() == 1


def test_a_push_that_is_lost_is_told_by_its_type_alone(topic: Topic, caplog: Any) -> None:
    topic.status = 500
    text = texted(body="zebra-marker")
    assert not simulated_push.push(text_id=text.pk, now=timezone.now())
    record = next(record for record in caplog.records if record.message == "push lost")
    assert record.__dict__["error"] == "HTTPError"
    assert "zebra-marker" not in caplog.text
    assert ALICE not in caplog.text
    assert (pushed(), len(topic.heard)) == (0, 1)


def test_without_a_topic_nothing_is_owed() -> None:
    texted()
    assert SimulatedText.objects.get().push_at is None
    assert pushed() == 0
