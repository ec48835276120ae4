"""drchrono's API on a real socket: lists in pages, tokens that expire, and whatever else goes wrong."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integrations.ehrs import HttpEhr, hang_up, say

LISTS = ("doctors", "offices", "patients", "appointments")


class DrchronoApi(HttpEhr):
    """`pages` of each list: items, or bytes that are sent as they are. `faults` are spent one a call."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, list[list[dict[str, Any]] | bytes]] = {name: [[]] for name in LISTS}
        self.under = "results"
        self.faults: list[str] = []
        self.renewals: list[dict[str, list[str]]] = []
        self.scopes = "user:read calendar:read patients:read calendar:write"
        self.refuses_renewal = False
        self.slow_seconds = 1.0

    def handle(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        path = urlsplit(request.path).path
        if path == "/o/token/":
            self.renew(request, parse_qs(raw.decode()))
        elif path == "/o/revoke_token/":
            say(request, 200, {})
        elif self.faults:
            self.fail(request, self.faults.pop(0))
        else:
            super().handle(request, raw)

    def renew(self, request: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        self.renewals.append(asked)
        if self.refuses_renewal:
            say(request, 400, {"error": "invalid_grant"})
            return
        token = f"token-{len(self.renewals)}"
        self.tokens = {token}
        given = {"access_token": token, "refresh_token": f"refresh-{token}", "expires_in": 172800}
        say(request, 200, {**given, "token_type": "Bearer", "scope": self.scopes})

    def fail(self, request: BaseHTTPRequestHandler, fault: str) -> None:
        if fault == "429":
            say(request, 429, {}, {"Retry-After": "120"})
        elif fault == "reset":
            hang_up(request.connection)
        elif fault == "slow":
            time.sleep(self.slow_seconds)
            say(request, 200, {"results": [], "next": None})
        elif fault == "redirect":
            say(request, 302, {}, {"Location": f"{self.url}/elsewhere"})
        else:
            say(request, int(fault), {})

    def asked(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        listing = parts.path.rpartition("/")[2]
        number = int(parse_qs(parts.query).get("cursor", ["0"])[0])
        page = self.pages[listing][number]
        if isinstance(page, bytes):
            say(request, 200, page)
            return
        more = number + 1 < len(self.pages[listing])
        next_url = f"{self.url}{parts.path}?cursor={number + 1}" if more else None
        say(request, 200, {self.under: page, "next": next_url, "previous": None})

    def calls(self, listing: str) -> list[str]:
        """The queries with which a list was asked for."""
        asked = [urlsplit(path) for _, path, _ in self.requests]
        return [parts.query for parts in asked if parts.path == f"/api/{listing}"]


def appointment(key: int, **fields: Any) -> dict[str, Any]:
    """One that is booked at ten o'clock of the office's clock."""
    usual = {
        "id": str(key),
        "scheduled_time": "2026-03-09T10:00:00",
        "duration": 30,
        "status": "",
        "deleted_flag": False,
        "office": 5,
        "doctor": 9,
        "patient": 77,
        "updated_at": "2026-03-01T08:00:00",
        "clinical_note": "SECRET-NOTE",
    }
    return usual | fields


def patient(key: int, **fields: Any) -> dict[str, Any]:
    """Somebody who is active and may be texted."""
    usual = {
        "id": key,
        "first_name": "Ana",
        "last_name": "Ruiz",
        "date_of_birth": "1980-05-17",
        "cell_phone": "(312) 555-0123",
        "home_phone": "(312) 555-0124",
        "email": "",
        "preferred_language": "spa",
        "patient_status": "A",
        "disable_sms_messages": False,
        "doctor": 9,
        "social_security_number": "SECRET-SSN",
        "updated_at": "2026-03-01T08:00:00",
    }
    return usual | fields
