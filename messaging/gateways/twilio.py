"""Twilio, through its official synchronous client."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from core import phone
from core.channels import Channel
from messaging.gateways import (
    Answer,
    Erasure,
    Gone,
    NotProcessed,
    Outgoing,
    Received,
    Redacted,
    Refused,
    Sent,
    Unclear,
)
from messaging.gateways.connections import never_left

API = "https://api.twilio.com"
# As many as send at once in a process. The client's own transport keeps four more than there are cores: with
# a slow provider every further text would shake hands anew.
CONNECTIONS = 32
TOO_MANY_REQUESTS = 429
NOT_FOUND = 404
NOT_LET_IN = (401, 403)
# Too many requests, and a sender whose queue at Twilio is full: https://www.twilio.com/docs/api/errors/21611
BUSY = (20429, 21611)
# Twilio's queue keeps a text for 1 second to 10 hours: https://www.twilio.com/docs/messaging/api/message-resource
LONGEST_VALIDITY = timedelta(hours=10)
# The text must not leave Twilio's queue so late that nobody can answer in time.
MARGIN = timedelta(seconds=30)
SHORTEST_VALIDITY = timedelta(seconds=5)
# The most that one page holds, and the most that one look reads before it gives up.
PAGE = 1000
MOST_LISTED = 100_000
# Of the texts to one phone. Twilio takes 30 in 30 seconds: this many cover a quarter of an hour.
FOUND_PAGE = 50
MOST_FOUND = 1000
# An answer that is not JSON, or not the JSON of a text: the client stumbles over it in each of these ways.
UNREADABLE = (requests.RequestException, TwilioException, ValueError, AttributeError, TypeError, LookupError)


class TwilioGateway:
    """One client for the process. It never repeats a POST: the client's own retries are off."""

    def __init__(self, *, base_url: str) -> None:
        self._client = connected(base_url)

    def send(self, outgoing: Outgoing) -> Answer:
        """POST Messages, once."""
        return hand_over(self._client.messages.create, _form(outgoing))

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """The list is read back to `since`, never by DateSent, which is null while a text is queued.

        Without a body every text counts.
        """
        try:
            listed = self._client.messages.stream(to=to, page_size=FOUND_PAGE, limit=MOST_FOUND)
            messages = list(_back_to(since, listed))
        except UNREADABLE:
            return None
        if len(messages) >= MOST_FOUND:
            return None
        return [
            str(message.sid)
            for message in messages
            if str(message.direction).startswith("outbound") and (not body or message.body == body)
        ]

    def received(self, *, to: str, since: datetime, until: datetime) -> list[Received] | None:
        """By DateSent, which every inbound text has; its filter knows whole days only, so we look again."""
        dates = {"date_sent_after": since, "date_sent_before": until + timedelta(days=1)}
        try:
            messages = self._client.messages.list(to=to, page_size=1000, **dates)
        except UNREADABLE:
            return None
        listed = [_received(message) for message in messages if message.direction == "inbound"]
        return [text for text in listed if since <= text.sent_at <= until]

    def handed_over(
        self, *, senders: Collection[str], since: datetime, until: datetime
    ) -> dict[str, datetime] | None:
        """By DateSent, whole days of it: a text created at night may be sent the next day.

        The list knows no messaging service to filter by. What answers a text, as Twilio's own confirmation
        of a STOP does, has another direction and was never ours.
        """
        dates = {"date_sent_after": since, "date_sent_before": until + timedelta(days=1)}
        try:
            # Of each page two fields a text are kept: a day with its words may fill the memory.
            listed = self._client.messages.stream(page_size=PAGE, limit=MOST_LISTED, **dates)
            rows = [_handed_over(message, senders) for message in listed]
        except UNREADABLE:
            return None
        if len(rows) >= MOST_LISTED:
            return None
        return {row[0]: row[1] for row in rows if row and since <= row[1] <= until}

    def has(self, *, sid: str) -> bool | None:
        """GET Messages/{Sid}."""
        try:
            self._client.messages(sid).fetch()
        except TwilioRestException as error:
            return False if error.status == NOT_FOUND else None
        except UNREADABLE:
            return None
        return True

    def redact(self, *, sid: str) -> Erasure:
        """An update with an empty Body, the one change that Twilio allows, once the text is final there.

        https://www.twilio.com/docs/messaging/api/message-resource and .../docs/api/errors/30400
        """
        text = _asked(partial(self._client.messages(sid).update, body=""), _not_redacted)
        if isinstance(text, Gone | NotProcessed | Refused | Unclear):
            return text
        return Unclear("words kept") if text.body else Redacted()


class Wire(TwilioHttpClient):  # type: ignore[misc]
    """The client's way to the network, for many threads at once: it keeps no answer that they would share.

    Proxies and certificates of the environment are looked up once, and not for each text.
    """

    def __init__(self, *, base_url: str, timeout: float) -> None:
        super().__init__(pool_connections=False, timeout=timeout)
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)
        found = requests.Session().merge_environment_settings(base_url, {}, None, None, None)
        self._environment: dict[str, Any] = dict(found)

    def request(self, method: str, url: str, **sent: Any) -> Response:
        """One request, never repeated or redirected. Raises requests.RequestException."""
        timeout = sent.pop("timeout", None) or self.timeout
        sent.pop("allow_redirects", None)
        prepared = requests.Request(method, url, **sent).prepare()
        response = self._adapter.send(prepared, timeout=timeout, **self._environment)
        # Reading it to its end gives the connection back.
        return Response(response.status_code, response.content.decode(errors="replace"), response.headers)


def connected(base_url: str) -> Client:
    """A client that gives up after TWILIO_TIMEOUT_SECONDS and never repeats a POST by itself."""
    client = Client(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKENS[0],
        http_client=Wire(base_url=base_url or API, timeout=settings.TWILIO_TIMEOUT_SECONDS),
    )
    if base_url:
        client.api.base_url = base_url
    return client


def hand_over(create: Callable[..., Any], form: Mapping[str, Any]) -> Answer:
    """Have the provider make a text or a call, once, and say what came of it. Raises nothing."""
    made = _asked(partial(create, **form), _refusal)
    if isinstance(made, NotProcessed | Refused | Unclear):
        return made
    return Sent(made.sid) if made.sid else Unclear("no SID")


def _asked(request: Callable[[], Any], refusal: Callable[[TwilioRestException], Erasure | Answer]) -> Any:
    """What the provider answers to one request, or what its failing means: a refusal, or nobody knows."""
    try:
        return request()
    except TwilioRestException as error:
        return refusal(error)
    except requests.ConnectTimeout:
        return NotProcessed("connect timeout")
    except requests.ConnectionError as error:
        return NotProcessed("no connection") if never_left(error) else Unclear(type(error).__name__)
    except UNREADABLE as error:
        # A read timeout, a reset, an answer that is not JSON: it may have been done.
        return Unclear(type(error).__name__)


def _back_to(since: datetime, listed: Iterable[Any]) -> Iterator[Any]:
    """Those created since then, of a list that has the newest first.

    What it is sorted by is not written down, so that not one older text is its end, but a page of them.
    """
    older = 0
    for message in listed:
        is_older = message.date_created is None or message.date_created < since
        older = older + 1 if is_older else 0
        if older >= FOUND_PAGE:
            return
        if not is_older:
            yield message


def _handed_over(message: Any, senders: Collection[str]) -> tuple[str, datetime] | None:
    is_ours = phone.bare(str(message.from_)) in senders or message.messaging_service_sid in senders
    if not is_ours or message.direction != "outbound-api" or message.date_created is None:
        return None
    return str(message.sid), message.date_created


def _received(message: Any) -> Received:
    return Received(
        sid=str(message.sid),
        sender=str(message.from_ or ""),
        to=str(message.to or ""),
        body=str(message.body or ""),
        media=int(message.num_media or 0),
        sent_at=message.date_sent or message.date_created,
    )


def _form(outgoing: Outgoing) -> dict[str, Any]:
    callback = f"{settings.PUBLIC_URL}/webhooks/twilio/status/?m={outgoing.uuid}"
    form: dict[str, Any] = {"status_callback": callback, **_addressed(outgoing)}
    if outgoing.valid_for is not None:
        form["validity_period"] = _validity(outgoing.valid_for)
    return form


def _addressed(outgoing: Outgoing) -> dict[str, Any]:
    if outgoing.channel == Channel.WHATSAPP and outgoing.content:
        return {
            "to": f"whatsapp:{outgoing.to}",
            "from_": f"whatsapp:{outgoing.sender}",
            "content_sid": outgoing.content["sid"],
            "content_variables": json.dumps(outgoing.content["variables"]),
        }
    is_service = outgoing.sender.startswith("MG")
    sender = "messaging_service_sid" if is_service else "from_"
    return {"to": outgoing.to, "body": outgoing.body, sender: outgoing.sender}


def _validity(valid_for: timedelta) -> int:
    """Whole seconds in Twilio's queue. A hold too short for the margin is so by choice, and has none."""
    lasting = min(valid_for, LONGEST_VALIDITY)
    useful = lasting - MARGIN if lasting - MARGIN > SHORTEST_VALIDITY else lasting
    return max(1, int(useful.total_seconds()))


def _not_redacted(error: TwilioRestException) -> NotProcessed | Gone | Refused | Unclear:
    if error.status == NOT_FOUND:
        # Deleted, or older than the 400 days for which the API knows a text.
        return Gone()
    if error.status in NOT_LET_IN:
        return NotProcessed("not let in")
    return _refusal(error)


def _refusal(error: TwilioRestException) -> NotProcessed | Refused | Unclear:
    if error.status == TOO_MANY_REQUESTS or error.code in BUSY:
        return NotProcessed("too many requests")
    if error.status >= 500:
        return Unclear(f"status {error.status}")
    return Refused(str(error.code or error.status))
