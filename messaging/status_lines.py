"""The status in words: one line for each question, the same on the page and in the doctor's report.

A line that wants a person says what to do about it; the runbook says more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.pulse import Pulse
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
    """One question and its answer; `look`: a person should; `cure`: what that person does."""

    name: str
    value: str
    look: bool = False
    cure: str = ""


def lines(*, status: Status, now: datetime) -> list[Line]:
    """Every line, in the order of a text's way: out, held, in, and what it came to; read at `now`."""
    outward = [_working(status.pulse, now), *_waiting(status, now), *_holding(status.held, now)]
    return [*outward, *_hearing(status, now), *_counting(status, now)]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit that leaves two or more."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in ((_("days"), 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock(at: datetime) -> str:
    """A point in time that reads the same everywhere."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _working(pulse: Pulse, now: datetime) -> Line:
    at_work = _("at work, last sign of life %(age)s ago") if not pulse.is_late else _("STILL for %(age)s")
    return Line(
        name=_("Worker and beat"),
        value=at_work % {"age": age(pulse.at, now)} if pulse.at else _("never at work yet"),
        look=pulse.is_late,
        cure=_("Start worker and beat. Until then manage.py sweep does one pass of everything."),
    )


def _waiting(status: Status, now: datetime) -> Iterator[Line]:
    yield Line(
        name=_("Texts due"),
        value=_heap(status.due, now),
        look=_is_late(status.due, now, LATE),
        cure=_("A silent worker, a pause or a stopped sender holds them; else the provider is away."),
    )
    yield Line(name=_("Texts due later"), value=_heap(status.later, now))
    yield Line(
        name=_("Texts being sent"),
        value=_heap(status.sending, now),
        look=_is_late(status.sending, now, LEASES),
        cure=_("Workers die in the call and nothing sweeps: start worker and beat."),
    )
    yield Line(
        name=_("Texts that may have left"),
        value=_heap(status.unknown, now),
        look=_is_late(status.unknown, now, UNKNOWN_LATE),
        cure=_("The provider does not answer us: check the auth token and its own status page."),
    )
    yield Line(
        name=_("Texts that may not have arrived"),
        value=_heap(status.lost, now),
        look=bool(status.lost.count),
        cure=_("Call these patients: the call list names them."),
    )


def _holding(held: Held, now: datetime) -> Iterator[Line]:
    value = _("all %(senders)s running") % {"senders": held.senders}
    if held.stopped_since:
        codes = ", ".join(sorted(set(held.stopped))) or _("no code")
        told = {"stopped": len(held.stopped), "senders": held.senders, "age": age(held.stopped_since, now)}
        value = _("%(stopped)s of %(senders)s stopped for %(age)s (%(codes)s); to call: %(calls)s") % {
            **told,
            "codes": codes,
            "calls": held.to_call,
        }
    yield Line(
        name=_("Senders"),
        value=value,
        look=bool(held.stopped),
        cure=_("Cure what the code says, then press “send again” at the sender in the admin."),
    )
    value = _("none")
    if held.paused_since:
        some = ngettext("%(count)s clinic", "%(count)s clinics", held.pauses) % {"count": held.pauses}
        told = {"whose": _("all clinics") if held.all_paused else some, "age": age(held.paused_since, now)}
        value = _("%(whose)s, the first for %(age)s") % told
    yield Line(
        name=_("Pauses"),
        value=value,
        look=bool(held.pauses),
        cure=_("Let go of the pause in the settings when it is over."),
    )
    yield Line(
        name=_("Alarms"),
        value=str(held.alarms or _("none")),
        look=bool(held.alarms),
        cure=_("The board says which, and what to do."),
    )


def _hearing(status: Status, now: datetime) -> Iterator[Line]:
    heard: Heard = status.heard
    yield Line(name=_("Last text in"), value=_ago(heard.inbound, now))
    yield Line(name=_("Last callback"), value=_ago(heard.callback, now))
    value = str(heard.fetched or _("none"))
    yield Line(
        name=_("Texts that no webhook brought, last day"),
        value=value,
        look=bool(heard.fetched),
        cure=_("The provider does not get through to PUBLIC_URL: check address, proxy and auth token."),
    )
    heaps = ((_("Webhooks to read in"), status.events), (_("Answers to answer"), status.answers))
    for name, heap in heaps:
        late = _is_late(heap, now, LATE)
        yield Line(name=name, value=_heap(heap, now), look=late, cure=_("Start worker and beat."))
    yield Line(
        name=_("Answers that a person must read"),
        value=_heap(status.unread, now),
        look=bool(status.unread.count),
        cure=_("Read and finish them on Messages."),
    )


def _counting(status: Status, now: datetime) -> Iterator[Line]:
    codes = ", ".join(f"{code.code} × {code.times}" for code in status.codes)
    yield Line(name=_("Error codes, last day"), value=codes or _("none"))
    odd = ", ".join(f"{row.what} {row.word} × {row.times}" for row in status.oddities)
    yield Line(
        name=_("Statuses and codes that nobody knows"),
        value=odd or _("none"),
        look=bool(odd),
        cure=_("Look them up at the provider and report them."),
    )
    yield _tally(status.tally, now)


def _tally(tally: Tally | None, now: datetime) -> Line:
    name = _("Last day: ours / provider / webhooks")
    cure = _("The table below says which side lacks what; manage.py reconcile_day asks at once.")
    if tally is None:
        cure = _("It is asked every hour; manage.py reconcile_day asks at once.")
        return Line(name=name, value=_("not asked yet"), look=True, cure=cure)
    sides = f"{tally.ours} / {tally.provider} / {tally.webhooks}"
    counted = _("%(sides)s, difference %(count)s") % {"sides": sides, "count": tally.difference}
    if now - tally.asked_at > TALLY_LATE:
        return Line(
            name=name,
            value=counted + _("; not asked since %(time)s") % {"time": clock(tally.asked_at)},
            look=True,
            cure=cure,
        )
    value = counted + _("; asked %(age)s ago") % {"age": age(tally.asked_at, now)}
    return Line(name=name, value=value, look=tally.difference > 0, cure=cure)


def _heap(heap: Heap, now: datetime) -> str:
    if heap.count and heap.since:
        told = {"count": heap.count, "age": age(heap.since, now)}
        return _("%(count)s, the oldest for %(age)s") % told
    return str(heap.count)


def _is_late(heap: Heap, now: datetime, patience: timedelta) -> bool:
    return heap.since is not None and now - heap.since > patience


def _ago(at: datetime | None, now: datetime) -> str:
    return _("%(age)s ago") % {"age": age(at, now)} if at else _("never")
