"""A client that keeps its connections: it posts signed forms as fast as it can, or at a steady pace."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

from messaging import webhooks
from tests.messaging.posting import INBOUND, STATUS, new_sid, text_form

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """How long each request took, in seconds, and all of them together."""

    seconds: list[float]
    lasted: float

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.lasted

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


@dataclass(frozen=True, slots=True)
class Post:
    """One request, ready to be sent."""

    path: str
    body: str
    headers: dict[str, str]


def text(*, url: str, sender: str, body: str = "YES", path: str = INBOUND) -> Post:
    """A patient's text, signed."""
    return _signed(url, path, text_form(sender=sender, body=body))


def receipt(*, url: str) -> Post:
    """The status of a text that is nobody's, signed."""
    form = {"MessageSid": new_sid(), "AccountSid": settings.TWILIO_ACCOUNT_SID, "MessageStatus": "sent"}
    return _signed(url, STATUS, form)


def _signed(url: str, path: str, form: dict[str, str]) -> Post:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": webhooks.signature(url + path, form),
    }
    return Post(path, urlencode(form), headers)


def post_all(port: int, posts: Sequence[Post], *, per_second: float = 0.0) -> Run:
    """Send every post over CONNECTIONS connections; with `per_second` each at its own moment.

    Raises RuntimeError where an answer is not 200: a refusal is fast, and is no result.
    """
    seconds: list[float] = []
    refused: list[int] = []
    started = time.perf_counter()

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(first, len(posts), CONNECTIONS):
            if per_second:
                time.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            post, began = posts[number], time.perf_counter()
            connection.request("POST", post.path, post.body, post.headers)
            answer = connection.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                refused.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(f"{len(refused)} answers were not 200, the first {refused[0]}")
    return Run(seconds, time.perf_counter() - started)
