"""The state of the whole installation as metrics, read from the database when somebody asks.

Nothing of it lives in a process, so that every process tells the same. Counts, ages, statuses and codes only:
no label holds a name, a number or a word of anybody. Ages are of what waits, 0 where nothing does; what has
happened last is told as its Unix time, and not at all where it never has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Min
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from integrations import health as feeds
from integrations.models import Source
from messaging import status
from messaging.models import Direction, Message
from offers.models import Cancellation
from offers.states import FILLABLE, RUNNING
from ops import health

PREFIX = "clinic_waitlist_"
HEAPS = ("due", "later", "sending", "unknown", "lost", "unread", "events", "answers")
LATELY = timedelta(days=1)


class Gauges(Collector):
    """Everything below, as it is at `now`."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        found = status.read(now=self.now)
        yield from _work(found, self.now)
        yield from _held(found)
        yield from _last(found, self.now)
        yield from _texts(self.now)
        yield from _slots(self.now)
        yield from _feeds(self.now)
        yield from _owed(self.now)


def registry(*, now: datetime) -> CollectorRegistry:
    """A registry that holds the gauges alone."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Gauges(now=now))
    return made


def _work(found: status.Status, now: datetime) -> Iterator[Metric]:
    heaps: Mapping[str, status.Heap] = {name: getattr(found, name) for name in HEAPS}
    count = _gauge("work", "Texts and webhooks that wait, by what they wait for", ["heap"])
    age = _gauge("work_oldest_age_seconds", "How long the oldest of them has waited", ["heap"])
    for name, heap in heaps.items():
        count.add_metric([name], heap.count)
        age.add_metric([name], _age(heap.since, now))
    yield from (count, age)


def _held(found: status.Status) -> Iterator[Metric]:
    held = found.held
    yield _gauge("senders", "Senders of texts", value=held.senders)
    yield _gauge(
        "senders_stopped", "Senders that the provider refuses (breaker open)", value=len(held.stopped)
    )
    yield _gauge("pauses", "Pauses of texting that stand", value=held.pauses)
    yield _gauge("alarms", "Alarms that sound", value=held.alarms)
    yield _gauge("calls", "Texts behind a stopped sender that staff should make by phone", value=held.to_call)
    if found.tally is not None:
        what = "Texts of the last day compared that not all of us, provider and webhooks know"
        yield _gauge("tally_difference", what, value=found.tally.difference)
        what = "When the provider last answered the comparison, Unix time"
        yield _gauge("tally_asked_timestamp_seconds", what, value=found.tally.asked_at.timestamp())
    codes = _gauge("errors_last_day", "Texts of the last day that failed, by the provider's code", ["code"])
    for code in found.codes:
        codes.add_metric([code.code], code.times)
    yield codes


def _last(found: status.Status, now: datetime) -> Iterator[Metric]:
    beaten = health.pulse(now=now).at
    moments = {"inbound": found.heard.inbound, "callback": found.heard.callback, "sweep": beaten}
    last = _gauge("last_timestamp_seconds", "When this last happened, Unix time", ["event"])
    for name, at in moments.items():
        if at is not None:
            last.add_metric([name], at.timestamp())
    yield last
    what = "Texts of the last day that no webhook brought and that had to be fetched"
    yield _gauge("fetched_last_day", what, value=found.heard.fetched)


def _texts(now: datetime) -> Iterator[Metric]:
    """Of the last day only: an index leads to them, whatever the years before."""
    recent = Message.objects.filter(created_at__gt=now - LATELY, purged_at=None)
    ours = recent.filter(direction=Direction.OUTBOUND)
    counted = ours.values_list("kind", "status").annotate(times=Count("pk")).order_by("kind", "status")
    texts = _gauge(
        "texts_last_day", "Texts queued in the last day, by what they have come to", ["kind", "status"]
    )
    for kind, state, times in counted:
        texts.add_metric([kind, state], times)
    yield texts


def _slots(now: datetime) -> Iterator[Metric]:
    to_come = Cancellation.objects.filter(status__in=FILLABLE, starts_at__gt=now)
    counts = dict(to_come.values_list("status").annotate(times=Count("pk")).order_by("status"))
    slots = _gauge("slots", "Free slots that are still to come, by status", ["status"])
    for state in FILLABLE:
        slots.add_metric([state], counts.get(state, 0))
    yield slots
    due = Cancellation.objects.filter(status__in=RUNNING, next_step_at__lte=now)
    oldest = due.aggregate(at=Min("next_step_at"))["at"]
    what = "How long the slot whose step is due has waited for it"
    yield _gauge("slots_overdue_age_seconds", what, value=_age(oldest, now))


def _feeds(now: datetime) -> Iterator[Metric]:
    waiting = _gauge("feed_waiting", "Messages of schedule feeds still to be handled, by source", ["source"])
    age = _gauge("feed_waiting_age_seconds", "How long the oldest of them has waited", ["source"])
    parked = _gauge("feed_parked", "What of a source waits for a person", ["source"])
    lately = _gauge("feed_messages_last_hour", "Messages of the last hour, by source", ["source"])
    last = _gauge("feed_last_timestamp_seconds", "When a source last spoke, Unix time", ["source"])
    silent = _gauge("feed_silent", "1 where a source is silent in its hours", ["source"])
    for one in feeds.look(sources=Source.objects.all(), now=now):
        name = [one.source.name]
        waiting.add_metric(name, one.waiting)
        age.add_metric(name, _age(one.waiting_since, now))
        parked.add_metric(name, one.parked)
        lately.add_metric(name, one.lately)
        silent.add_metric(name, one.is_silent)
        if one.last_at is not None:
            last.add_metric(name, one.last_at.timestamp())
    yield from (waiting, age, parked, lately, last, silent)


def _owed(now: datetime) -> Iterator[Metric]:
    what = "Bookings of ours that an EHR has still to learn of: due, unknown or by_hand"
    count = _gauge("write_backs", what, ["heap"])
    age = _gauge("write_backs_oldest_age_seconds", "How long ago the oldest of them was booked", ["heap"])
    for name, owed in feeds.owed().items():
        count.add_metric([name], owed.count)
        age.add_metric([name], _age(owed.since, now))
    yield from (count, age)


def _gauge(
    name: str, what: str, labels: Sequence[str] | None = None, value: float | None = None
) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}{name}", f"{what}.", value=value, labels=labels)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
