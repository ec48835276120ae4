"""drchrono's API, version 4: https://app.drchrono.com/api-docs/. The network only: no Django, no database.

Every call has a time-out, follows no redirect (it would carry our token elsewhere), goes through the gate
that keeps the limits of the account, and renews an expired token once.
"""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from integrations.writing_back import http

BASE_URL = "https://app.drchrono.com"
TIMEOUT_SECONDS = 20
LARGEST_PAGE = 20 * 1024 * 1024
_PIECE = 64 * 1024
_SUCCESS, _REDIRECT, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 200, 300, 401, 403, 429
_UNSAID_WAIT = timedelta(minutes=1)


class Trouble(Exception):
    """A call that came to nothing. `code` is ours; what the EHR said instead may quote a patient."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Busy(Trouble):
    """The limits of the account are reached: nothing was done, and nothing will be for `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("limit")
        self.wait = wait


class NotConnected(Trouble):
    """There is no token, or it is good for this no longer: somebody has to connect the account again."""


class Unsent(Trouble):
    """There was no connection: nothing was done."""


class Unanswered(Trouble):
    """The call may have arrived; no answer came, or half of one."""


class Failed(Trouble):
    """An answer that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Malformed(Trouble):
    """An answer that is not what the API promises; `body` is kept for staff."""

    def __init__(self, body: bytes) -> None:
        super().__init__("malformed")
        self.body = body


class Tokens(Protocol):
    """Where the access token is kept."""

    def current(self) -> str:
        """The token. Raises NotConnected."""

    def renewed(self, *, instead_of: str) -> str:
        """A token that is not `instead_of`, which has expired. Raises NotConnected, Busy or Unsent."""


class Gate(Protocol):
    """Keeps the limits for all processes together."""

    def enter(self) -> None:
        """Wait for one's turn. Raises Busy where that is not now."""

    def close(self, wait: timedelta) -> None:
        """The API itself has said that it is enough."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    retry_after: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and the address of the next; "" after the last one."""

    items: list[dict[str, Any]]
    next_url: str


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    tokens: Tokens
    gate: Gate
    base_url: str = BASE_URL
    timeout: float = TIMEOUT_SECONDS
    clock: Callable[[], datetime] = _utc_now

    def page(self, path: str, params: Mapping[str, str] | None = None) -> Page:
        """One page: of the list at `path`, or what the page before named as the next. Raises Trouble."""
        body = self.call("GET", path, params=params).body
        items, next_url = _read(body)
        if next_url and not self._is_ours(next_url):
            raise Malformed(body)
        return Page(items, next_url)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer to one call where it is a success. Raises Trouble."""
        request = requests.Request(method, self._address(path), params=params, json=json)
        token = self.tokens.current()
        answer = self._sent(request, token)
        if answer.status == _UNAUTHORIZED:
            answer = self._sent(request, self.tokens.renewed(instead_of=token))
        if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
            raise NotConnected(str(answer.status))
        if answer.status == _TOO_MANY:
            wait = http.wait(answer.retry_after, now=self.clock()) or _UNSAID_WAIT
            self.gate.close(wait)
            raise Busy(wait)
        if not _SUCCESS <= answer.status < _REDIRECT:
            raise Failed(answer.status)
        return answer

    def _address(self, path: str) -> str:
        return path if self._is_ours(path) else f"{self.base_url}{path}"

    def _is_ours(self, url: str) -> bool:
        """Whether the address is one of the API's: nobody else is shown the token."""
        return urlsplit(url)[:2] == urlsplit(self.base_url)[:2]

    def _sent(self, request: requests.Request, token: str) -> Answer:
        self.gate.enter()
        request.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        deadline = time.monotonic() + self.timeout
        try:
            with requests.Session() as session:
                more: Any = {"timeout": self.timeout, "allow_redirects": False, "stream": True}
                response = session.send(session.prepare_request(request), **more)
                body = _all_of(response, deadline)
        except requests.ConnectionError as error:
            if http.is_certainly_unsent(error):
                raise Unsent("no connection") from None
            raise Unanswered("no answer") from None
        except requests.RequestException:
            raise Unanswered("no answer") from None
        return Answer(response.status_code, response.headers.get("Retry-After", ""), body)


def _all_of(response: requests.Response, deadline: float) -> bytes:
    """The body, which may neither be endless nor come drop by drop for ever."""
    body = b""
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > LARGEST_PAGE:
            raise Malformed(body[:_PIECE])
        if time.monotonic() > deadline:
            raise Unanswered("too slow")
    return body


def object_of(body: bytes) -> dict[str, Any]:
    """The one record that an answer holds. Raises Malformed."""
    try:
        said = json_text.loads(body)
    except ValueError:
        raise Malformed(body) from None
    if not isinstance(said, dict):
        raise Malformed(body)
    return said


def _read(body: bytes) -> tuple[list[dict[str, Any]], str]:
    """The items of a page, which are under `results` or `data`, and the address of the next page."""
    try:
        said = json_text.loads(body)
    except ValueError:
        raise Malformed(body) from None
    items = said.get("results", said.get("data")) if isinstance(said, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) and item.get("id") for item in items):
        raise Malformed(body)
    next_url = said.get("next") or ""
    if not isinstance(next_url, str):
        raise Malformed(body)
    return items, next_url
