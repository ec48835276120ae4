"""What an answer over HTTP says of an order, for every EHR that speaks it. No Django."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from integrations.writing_back.orders import Refused, Then, Unknown

LONGEST_WAIT = timedelta(hours=1)
# A conflict, or a rule of the practice that the visit breaks.
REFUSALS = {409, 422}
SERVER_ERRORS = 500
# Turned away at the door. A 503 may come from a proxy whose server did take it: that one is asked about.
_LATER = {423, 425, 429}


def called(call: Callable[[], requests.Response]) -> requests.Response | Unknown:
    """The answer, or what is known where there is none."""
    try:
        return call()
    except requests.ConnectTimeout:
        return Unknown("no connection", Then.REPEAT)
    except requests.ConnectionError as error:
        # One class for "nobody there" and "reset in mid-answer": only the first is certain.
        if is_certainly_unsent(error):
            return Unknown("no connection", Then.REPEAT)
        return Unknown("no answer", Then.ASK)
    except requests.RequestException:
        return Unknown("no answer", Then.ASK)


def is_certainly_unsent(error: requests.ConnectionError) -> bool:
    """Whether the connection itself was refused, so that no byte of the order left."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError")


def failure(*, status: int, retry_after: str, now: datetime) -> Refused | Unknown:
    """What a status other than 2xx means. The words with it are never read: they may quote the patient."""
    code = str(status)
    if status in REFUSALS:
        return Refused(code)
    if status in _LATER:
        return Unknown(code, Then.REPEAT, wait(retry_after, now=now))
    if status >= SERVER_ERRORS:
        return Unknown(code, Then.ASK)
    # Our credentials, our address, our words: no patient is to suffer for them.
    return Unknown(code, Then.PERSON)


def wait(retry_after: str, *, now: datetime) -> timedelta | None:
    """How long a Retry-After asks for, in seconds or as a date; an hour at most."""
    raw = retry_after.strip()
    if raw.isdigit():
        return min(timedelta(seconds=int(raw[:6])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(raw)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), LONGEST_WAIT)
