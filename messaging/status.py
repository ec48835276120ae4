"""Whether texting works: what waits, what is held, what came last, what failed. Counts, codes and ages only.

Read with as many queries whatever there is, each over an index that holds open work, or the last day, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from core import pulse
from core.pulse import Pulse
from messaging import alarms, errors, senders, stopping, tallying
from messaging.attending import LOST_FOR
from messaging.models import Message, Oddity, Pause, Sender, SenderStatus, Tally

LATELY = timedelta(days=1)
ODD_FOR = timedelta(days=7)
MOST_CODES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Work of one sort: how much, and since when (UTC) the oldest of it waits."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What holds texts back. `stopped` has the codes of the senders that the provider refuses."""

    stopped: Sequence[str]
    stopped_since: datetime | None
    senders: int
    to_call: int
    pauses: int
    all_paused: bool
    paused_since: datetime | None
    alarms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When the provider last spoke to us, and how many texts of the last day had to be fetched."""

    inbound: datetime | None
    callback: datetime | None
    fetched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An error code of the last day, what it means, and how often it came."""

    code: str
    meaning: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One look at the texting; what `due` are, may have left by now, and what `later` are, not yet."""

    due: Heap
    later: Heap
    sending: Heap
    unknown: Heap
    lost: Heap
    unread: Heap
    events: Heap
    answers: Heap
    held: Held
    heard: Heard
    codes: Sequence[Code]
    oddities: Sequence[Oddity]
    tally: Tally | None
    pulse: Pulse


def read(*, now: datetime) -> Status:
    """Look once."""
    heaps = _heaps(now)
    return Status(
        **{name: heaps[name] for name in _HEAPS},
        held=_held(),
        heard=_heard(now),
        codes=_codes(now),
        oddities=_oddities(now),
        tally=tallying.latest(),
        pulse=pulse.felt(now=now),
    )


def _heaps(now: datetime) -> dict[str, Heap]:
    parts = (
        f"SELECT '{name}', count(*), min({since}) FROM {rows}"  # noqa: S608 - constants of ours
        for name, (since, rows) in _HEAPS.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"now": now, "lost_after": now - LOST_FOR})
        return {name: Heap(count=count, since=since) for name, count, since in cursor.fetchall()}


def _held() -> Held:
    stopped = list(Sender.objects.filter(status=SenderStatus.STOPPED).order_by("stopped_at", "pk"))
    pauses = list(Pause.objects.filter(ended_at=None).order_by("since", "pk"))
    return Held(
        stopped=[sender.code for sender in stopped],
        stopped_since=stopped[0].stopped_at if stopped else None,
        senders=len({route.name for route in senders.routes()} | {sender.name for sender in stopped}),
        to_call=stopping.call_list().count(),
        pauses=len(pauses),
        all_paused=any(pause.clinic_id is None for pause in pauses),
        paused_since=pauses[0].since if pauses else None,
        alarms=alarms.sounding().count(),
    )


def _heard(now: datetime) -> Heard:
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, {"lately": now - LATELY})
        inbound, callback, fetched = cursor.fetchone()
    return Heard(inbound=inbound, callback=callback, fetched=fetched)


def _codes(now: datetime) -> list[Code]:
    failed = Message.objects.filter(call_started_at__gt=now - LATELY).exclude(error_code="")
    counted = failed.values_list("error_code").annotate(times=Count("pk")).order_by("-times", "error_code")
    return [
        Code(code=code, meaning=errors.of(code).meaning, times=times) for code, times in counted[:MOST_CODES]
    ]


def _oddities(now: datetime) -> list[Oddity]:
    # Nobody finishes an oddity: without an end the line would say look for ever, and nobody would.
    seen = Oddity.objects.filter(last_seen_at__gt=now - ODD_FOR)
    return list(seen.order_by("-last_seen_at", "pk")[:MOST_CODES])


# Since when each waits, and whose rows; every condition is that of a partial index.
_HEAPS = {
    "due": ("next_attempt_at", "messaging_message WHERE status = 'queued' AND next_attempt_at <= %(now)s"),
    "later": ("created_at", "messaging_message WHERE status = 'queued' AND next_attempt_at > %(now)s"),
    "sending": ("call_started_at", "messaging_message WHERE status = 'sending'"),
    "unknown": ("call_started_at", "messaging_message WHERE status = 'unknown'"),
    "lost": (
        "created_at",
        """messaging_message WHERE attention <> '' AND attention_done_at IS NULL
            AND direction = 'outbound' AND created_at > %(lost_after)s""",
    ),
    "unread": (
        "created_at",
        """messaging_message WHERE attention <> '' AND attention_done_at IS NULL
            AND direction = 'inbound'""",
    ),
    "events": ("received_at", "messaging_providerevent WHERE handled_at IS NULL"),
    "answers": ("created_at", "messaging_message WHERE status = 'received'"),
}
_HEARD = """
    SELECT
        (SELECT received_at FROM messaging_providerevent WHERE kind = 'inbound'
            ORDER BY received_at DESC LIMIT 1),
        (SELECT received_at FROM messaging_providerevent WHERE kind <> 'inbound'
            ORDER BY received_at DESC LIMIT 1),
        (SELECT count(*) FROM messaging_providerevent WHERE kind = 'inbound'
            AND received_at > %(lately)s AND payload ? 'Fetched')
"""
