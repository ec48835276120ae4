"""E-mail by a provider: django-anymail speaks to a server on a loopback port, as it would to Postmark."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from messaging.states import MessageStatus
from tests.messaging.mailing import ALICE, CLINIC, due
from tests.messaging.sending import send
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db

TAKEN = {"ErrorCode": 0, "Message": "OK", "MessageID": "its-own-id", "To": ALICE}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to recipients that have been marked as inactive.\n"
    f"Found inactive addresses: {ALICE}.\nInactive recipients are ones that have generated a hard bounce.",
}


class _Provider(ThreadingHTTPServer):
    daemon_threads = True
    answer: tuple[int, Any] = (200, TAKEN)
    taken: list[dict[str, Any]]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Provider

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.server.answer
        if status == 0:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()
            self.close_connection = True
            return
        words = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)


@pytest.fixture
def provider(twilio: StandIn, settings: Any) -> Iterator[_Provider]:
    server = _Provider(("127.0.0.1", 0), _Handler)
    server.taken = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.EMAIL_PROVIDER, settings.EMAIL_FROM = "postmark", CLINIC
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "a-token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_address[1]}/",
        "REQUESTS_TIMEOUT": 2,
    }
    yield server
    server.shutdown()
    server.server_close()


def test_an_e_mail_goes_to_the_provider_with_the_name_that_its_reports_bear(provider: _Provider) -> None:
    message = send(due())
    (taken,) = provider.taken
    assert (message.status, message.twilio_sid) == (MessageStatus.SENT, f"EM{message.uuid.hex}")
    assert (taken["To"], taken["From"], taken["Metadata"]) == (ALICE, CLINIC, {"m": str(message.uuid)})
    headers = {header["Name"]: header["Value"] for header in taken["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ((429, {"ErrorCode": 429, "Message": "slowly"}), MessageStatus.QUEUED, ""),
        ((401, {"ErrorCode": 10, "Message": "who?"}), MessageStatus.QUEUED, ""),
        ((422, INACTIVE), MessageStatus.FAILED, "rejected"),
        ((400, {"ErrorCode": 402, "Message": "no JSON"}), MessageStatus.FAILED, "http 400"),
        ((500, {"ErrorCode": 500, "Message": "oh"}), MessageStatus.UNKNOWN, ""),
        ((200, b"<html>a proxy says hello</html>"), MessageStatus.UNKNOWN, ""),
        ((0, None), MessageStatus.UNKNOWN, ""),
    ],
)
def test_rule_3_a_providers_answer_is_taken_for_what_it_says(
    provider: _Provider, answer: tuple[int, Any], status: str, code: str
) -> None:
    provider.answer = answer
    message = send(due())
    assert (message.status, message.error_code) == (status, code)
    assert len(provider.taken) == 1


def test_rule_3_a_provider_that_is_not_there_was_nothing_sent(provider: _Provider, settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": address}
        assert send(due()).status == MessageStatus.QUEUED
