"""The status in words: one line for each question, the same on the page and in the doctor's report.

The runbook says of each line what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from messaging.models import Tally
from messaging.status import Heap, Heard, Held, Status

# What takes longer than this is not merely under way.
LATE = timedelta(seconds=30)
# Who died in a call is noticed when the lease of a minute runs out.
LEASES = timedelta(minutes=2)
UNKNOWN_LATE = timedelta(minutes=15)
# Hourly, and some looks may fail.
TALLY_LATE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question and its answer; `look` means that a person should."""

    name: str
    value: str
    look: bool = False


def lines(*, status: Status, now: datetime) -> list[Line]:
    """Every line, in the order of a text's way: out, held, in, and what it came to; read at `now`."""
    outward = [*_waiting(status, now), *_holding(status.held, now)]
    return [*outward, *_hearing(status, now), *_counting(status, now)]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit that leaves two or more."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock(at: datetime) -> str:
    """A point in time that reads the same everywhere."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _waiting(status: Status, now: datetime) -> Iterator[Line]:
    yield Line(name="Texts due", value=_heap(status.due, now), look=_is_late(status.due, now, LATE))
    yield Line(name="Texts due later", value=_heap(status.later, now))
    late = _is_late(status.sending, now, LEASES)
    yield Line(name="Texts being sent", value=_heap(status.sending, now), look=late)
    late = _is_late(status.unknown, now, UNKNOWN_LATE)
    yield Line(name="Texts that may have left", value=_heap(status.unknown, now), look=late)
    lost = status.lost
    yield Line(name="Texts that may not have arrived", value=_heap(lost, now), look=bool(lost.count))


def _holding(held: Held, now: datetime) -> Iterator[Line]:
    value = f"all {held.senders} running"
    if held.stopped_since:
        codes = ", ".join(sorted(set(held.stopped))) or "no code"
        value = f"{len(held.stopped)} of {held.senders} stopped for {age(held.stopped_since, now)} ({codes})"
        value += f"; to call: {held.to_call}"
    yield Line(name="Senders", value=value, look=bool(held.stopped))
    value = "none"
    if held.paused_since:
        whose = "all clinics" if held.all_paused else f"{held.pauses} clinic{'' if held.pauses == 1 else 's'}"
        value = f"{whose}, the first for {age(held.paused_since, now)}"
    yield Line(name="Pauses", value=value, look=bool(held.pauses))
    yield Line(name="Alarms", value=str(held.alarms or "none"), look=bool(held.alarms))


def _hearing(status: Status, now: datetime) -> Iterator[Line]:
    heard: Heard = status.heard
    yield Line(name="Last text in", value=_ago(heard.inbound, now))
    yield Line(name="Last callback", value=_ago(heard.callback, now))
    value = str(heard.fetched or "none")
    yield Line(name="Texts that no webhook brought, last day", value=value, look=bool(heard.fetched))
    late = _is_late(status.events, now, LATE)
    yield Line(name="Webhooks to read in", value=_heap(status.events, now), look=late)
    late = _is_late(status.answers, now, LATE)
    yield Line(name="Answers to answer", value=_heap(status.answers, now), look=late)
    unread = status.unread
    yield Line(name="Answers that a person must read", value=_heap(unread, now), look=bool(unread.count))


def _counting(status: Status, now: datetime) -> Iterator[Line]:
    codes = ", ".join(f"{code.code} × {code.times}" for code in status.codes)
    yield Line(name="Error codes, last day", value=codes or "none")
    odd = ", ".join(f"{row.what} {row.word} × {row.times}" for row in status.oddities)
    yield Line(name="Statuses and codes that nobody knows", value=odd or "none", look=bool(odd))
    yield _tally(status.tally, now)


def _tally(tally: Tally | None, now: datetime) -> Line:
    name = "Last day: ours / provider / webhooks"
    if tally is None:
        return Line(name=name, value="not asked yet", look=True)
    counted = f"{tally.ours} / {tally.provider} / {tally.webhooks}, difference {tally.difference}"
    if now - tally.asked_at > TALLY_LATE:
        return Line(name=name, value=f"{counted}; not asked since {clock(tally.asked_at)}", look=True)
    value = f"{counted}; asked {age(tally.asked_at, now)} ago"
    return Line(name=name, value=value, look=tally.difference > 0)


def _heap(heap: Heap, now: datetime) -> str:
    if heap.count and heap.since:
        return f"{heap.count}, the oldest for {age(heap.since, now)}"
    return str(heap.count)


def _is_late(heap: Heap, now: datetime, patience: timedelta) -> bool:
    return heap.since is not None and now - heap.since > patience


def _ago(at: datetime | None, now: datetime) -> str:
    return f"{age(at, now)} ago" if at else "never"
