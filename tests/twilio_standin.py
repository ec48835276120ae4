"""A stand-in for api.twilio.com: the Messages resource as we use it, and every way in which it can fail.

    python -m tests.twilio_standin 8900

In a test it is a context manager. `faults` are used up one for each POST, `always` stands until cleared:

    500_before, 429, reset, 400:CODE    the text is not taken
    drop, 500_after, empty, not_json    the text is taken, and its sender does not learn of it
    not_json:WORDS, slow:S, slow:S:drop likewise: with these words, after S seconds, and then another fault
    late:S                              the text is taken S seconds later, and then its sender is answered

Over HTTP: POST /control/faults {"faults": […], "always": "429"}, GET /control/messages, POST /control/reset,
POST /control/callback {"sid": "SM…", "status": "delivered", "code": ""}.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import requests
from twilio.request_validator import RequestValidator

from tests.twilio_calls import Calling, Placed
from tests.twilio_line import Line
from tests.twilio_listing import Listing
from tests.twilio_redaction import Redacting

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a-token-of-nobody"
NOT_TAKEN = ("500_before", "429", "reset", "400")
TAKEN = ("drop", "500_after", "not_json", "empty", "slow")
LONGEST_BODY = 1_000_000


@dataclass(kw_only=True)
class Taken:
    """A text that the provider has."""

    sid: str
    to: str
    sender: str
    service: str
    body: str
    callback: str
    validity: str
    created_at: datetime
    status: str = "queued"
    direction: str = "outbound-api"
    error_code: str = ""
    content: str = ""

    def as_json(self, account_sid: str) -> dict[str, Any]:
        created = format_datetime(self.created_at)
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "date_created": created,
            "date_updated": created,
            "date_sent": created if self.direction == "inbound" else None,
            "error_code": int(self.error_code) if self.error_code else None,
            "error_message": None,
            "messaging_service_sid": self.service or None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{self.sid}.json",
        }


@dataclass
class StandIn:
    """The provider's memory, and its server on a loopback port."""

    port: int = 0
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    taken: list[Taken] = field(default_factory=list)
    # Texts of patients, see tests.messaging.posting.lose.
    inbound: list[Taken] = field(default_factory=list)
    calls: list[Placed] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    always: str = ""
    posts: int = 0
    # Called with every text that was taken, before its sender is answered.
    on_taken: Callable[[Taken], None] | None = None
    # Words reported to the StatusCallback by itself after a text was taken.
    reports: tuple[str, ...] = ()
    # Whoever is on the line is cut off, and nobody else gets through.
    is_away: bool = False

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self.open()
        return self

    def open(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.standin = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Forget every text and every fault."""
        with self._lock:
            self.taken, self.faults, self.always, self.posts = [], [], "", 0
            self.inbound, self.calls = [], []
            self.on_taken, self.reports = None, ()

    def bodies_to(self, phone: str) -> list[str]:
        return [text.body for text in self.taken if text.to == phone]

    def fault_of_next(self) -> str:
        with self._lock:
            self.posts += 1
            return self.faults.pop(0) if self.faults else self.always

    def take(self, form: dict[str, str]) -> Taken:
        text = Taken(
            sid=f"SM{secrets.token_hex(16)}",
            to=form.get("To", ""),
            sender=form.get("From", ""),
            service=form.get("MessagingServiceSid", ""),
            body=form.get("Body", ""),
            callback=form.get("StatusCallback", ""),
            validity=form.get("ValidityPeriod", ""),
            content=f"{form.get('ContentSid', '')}{form.get('ContentVariables', '')}",
            created_at=datetime.now(UTC).replace(microsecond=0),
        )
        with self._lock:
            self.taken.append(text)
        if self.on_taken:
            self.on_taken(text)
        if self.reports:
            threading.Thread(target=self._report_all, args=(text,), daemon=True).start()
        return text

    def callback_form(self, text: Taken, status: str, code: str = "") -> dict[str, str]:
        """The fields that the provider posts to the StatusCallback."""
        form = {"AccountSid": self.account_sid, "MessageSid": text.sid, "MessageStatus": status}
        form |= {"To": text.to, "From": text.sender, "ApiVersion": "2010-04-01"}
        return {**form, "ErrorCode": code} if code else form

    def report(self, text: Taken, status: str, code: str = "") -> int:
        """Post a signed status callback; returns the HTTP status of the answer."""
        text.status, text.error_code = status, code
        form = self.callback_form(text, status, code)
        signature = RequestValidator(self.auth_token).compute_signature(text.callback, form)
        headers = {"X-Twilio-Signature": signature}
        answer = requests.post(text.callback, data=form, headers=headers, timeout=10, allow_redirects=False)
        return answer.status_code

    def _report_all(self, text: Taken) -> None:
        for status in self.reports:
            try:
                self.report(text, status)
            except requests.RequestException:
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    standin: StandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what these tests are about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(Line, Listing, Redacting, Calling, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave as two packets: with Nagle the second waits 40 ms for the first's receipt.
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        standin, url = self.server.standin, urlsplit(self.path)
        folder = f"/2010-04-01/Accounts/{standin.account_sid}/Messages"
        if url.path == "/control/messages":
            self._answer(200, [text.as_json(standin.account_sid) for text in standin.taken])
        elif url.path == f"{folder}.json":
            self._list(parse_qs(url.query))
        elif url.path.endswith("/Calls.json"):
            self._list_calls(parse_qs(url.query))
        elif url.path.startswith(f"{folder}/"):
            sid = url.path.removeprefix(f"{folder}/").removesuffix(".json")
            found = [text for text in standin.taken if text.sid == sid]
            if found:
                self._answer(200, found[0].as_json(standin.account_sid))
            else:
                self._refuse(404, 20404, "was not found")
        else:
            self._refuse(404, 20404, "was not found")

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", 0)), LONGEST_BODY)
        body = self.rfile.read(length).decode()
        if len(body.encode()) < length:
            # Whoever sent it has died in the middle of it.
            return self._hang_up(reset=True)
        if self.path.startswith("/control/"):
            self._control(self.path.removeprefix("/control/"), json.loads(body or "{}"))
        elif self.path.endswith(f"/{self.server.standin.account_sid}/Messages.json"):
            self._create({name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()})
        elif "/Calls" in self.path:
            self._call(parse_qs(body, keep_blank_values=True))
        else:
            self._redact(body)

    def _create(self, form: dict[str, str]) -> None:
        standin = self.server.standin
        fault, _, detail = standin.fault_of_next().partition(":")
        if fault in NOT_TAKEN:
            return self._fail(fault, detail)
        time.sleep(float(detail) if fault == "late" else 0)
        text = standin.take(form)
        if fault in TAKEN:
            return self._fail(fault, detail, text)
        self._answer(201, text.as_json(standin.account_sid))

    def _fail(self, fault: str, detail: str, text: Taken | Placed | None = None) -> None:
        if fault == "429":
            self._refuse(429, 20429, "Too Many Requests")
        elif fault == "400":
            self._refuse(400, int(detail), "refused")
        elif fault.startswith("500"):
            self._refuse(500, 20500, "An internal server error has occurred")
        elif fault == "not_json":
            self._send(201, (detail or "<html>a proxy says hello</html>").encode(), "text/html")
        elif fault == "empty":
            self._send(201, b"", "application/json")
        elif fault == "slow" and text is not None:
            seconds, _, then = detail.partition(":")
            time.sleep(float(seconds))
            if then:
                return self._fail(then, "", text)
            self._answer(201, text.as_json(self.server.standin.account_sid))
        else:
            self._hang_up(reset=fault == "reset")

    def _control(self, verb: str, order: dict[str, Any]) -> None:
        standin = self.server.standin
        if verb == "faults":
            standin.faults, standin.always = list(order.get("faults", [])), order.get("always", "")
        elif verb == "reset":
            standin.reset()
        elif verb == "callback":
            text = next(text for text in standin.taken if text.sid == order["sid"])
            standin.report(text, order["status"], order.get("code", ""))
        self._answer(200, {"posts": standin.posts})

    def _refuse(self, status: int, code: int, words: str) -> None:
        self._answer(status, {"code": code, "message": words, "more_info": "", "status": status})

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with StandIn(port=int(sys.argv[1]) if len(sys.argv) > 1 else 0) as started:
        sys.stdout.write(f"{started.url} for account {started.account_sid}\n")
        sys.stdout.flush()
        threading.Event().wait()
