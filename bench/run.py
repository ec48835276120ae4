"""The order in which things are measured: what stands on a quiet machine first, long histories last."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection
from django.utils import timezone

from bench import boards, crowd, feeds, measures, reminding, sending
from bench.figures import Figure, show
from bench.stage import Stage
from bench.urls import FLOOR_TABLE

OLD_ROWS = 1_000_000


def measure(stage: Stage, parts: Sequence[str]) -> int:
    """Show every figure as it is known; how many targets were missed."""
    with connection.cursor() as cursor:
        cursor.execute(FLOOR_TABLE)
        durable = {}
        for name in ("server_version", "fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {name}")
            durable[name] = cursor.fetchone()[0]
    sys.stdout.write(f"PostgreSQL {durable}\n")
    missed = 0
    for figure in _figures(stage, parts):
        show(figure)
        missed += not figure.is_met()
    return missed


def _figures(stage: Stage, parts: Sequence[str]) -> Iterable[Figure]:
    yield from measures.yardstick()
    if "webhook" in parts:
        stage.start("web")
        yield from measures.webhook(stage)
        stage.stop("web")
    if "sending" in parts:
        stage.start("web", "worker", "worker2", "beat")
        yield from sending.leaving(stage)
        stage.stop("beat", "worker2", "worker", "web")
    if {"offering", "answers"} & set(parts):
        yield from _with_crowds(stage, parts)
    if "boards" in parts:
        yield from _boards(stage)
    if "reminders" in parts:
        # A third of them has a visit.
        yield from reminding.planned(crowd.make(300_000))
        yield from reminding.due_sweep()
    if "hl7" in parts:
        yield from _feeds(stage)
    if "growth" in parts:
        yield from _growth()
    if "sending" in parts:
        yield from sending.empty_queue()


def _with_crowds(stage: Stage, parts: Sequence[str]) -> Iterator[Figure]:
    ten, hundred = crowd.make(10_000), crowd.make(100_000)
    if "offering" in parts:
        stage.start("worker", "worker2", "beat")
        yield from measures.offering(stage, ten, target_ms=60)
        yield from measures.offering(stage, hundred, target_ms=150)
        stage.stop("beat", "worker2", "worker")
    if "answers" in parts:
        stage.start("web", "worker", "worker2", "beat")
        yield from measures.answers(stage, hundred)
        for delay in (0.0, 0.15):
            yield from measures.pace(stage, hundred, delay=delay)
        stage.stop("beat", "worker2", "worker", "web")


def _boards(stage: Stage) -> Iterator[Figure]:
    yield from boards.server_time(crowd.make(10_000))
    yield from boards.list_time(crowd.make(100_000))
    yield from boards.weight()
    stage.start("web")
    yield from boards.open_boards(stage)
    stage.stop("web")


def _feeds(stage: Stage) -> Iterator[Figure]:
    yield from feeds.reading_pace()
    people = crowd.make(10_000)
    feed = feeds.feed_of(people)
    stage.start("web")
    yield from feeds.intake(stage, feed)
    stage.start("worker", "worker2", "beat")
    yield from feeds.first_offers(stage, feed, people)
    stage.stop("beat", "worker2", "worker", "web")


def _growth() -> Iterator[Figure]:
    lists = [crowd.make(size) for size in (1_000, 10_000, 100_000)]
    for people in lists:
        yield from measures.work_per_yes(people, what=f"{people.size:,} entries")
    crowd.history(OLD_ROWS, crowd=lists[1], now=timezone.now())
    what = f"10,000 entries and {OLD_ROWS:,} old texts and offers"
    yield from measures.work_per_yes(lists[1], what=what, days=200)
