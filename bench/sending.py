"""How fast the outbox empties, and what an empty one costs beside a long history."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from bench import client
from bench.figures import Figure, median_of
from bench.stage import ROOT, Stage, wait_for
from messaging import outbox, sweeping
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.states import MessageStatus

TEXTS = 500
PROVIDER_SECONDS = 0.15
WORKERS = 2
RUNS = 15
OLD_ROWS = 1_000_000


def leaving(stage: Stage) -> Iterator[Figure]:
    """500 due texts: each with its wake-up, then with every wake-up lost, so that the sweep finds them."""
    stage.provider_takes(PROVIDER_SECONDS)
    floor = TEXTS / _threads() * PROVIDER_SECONDS
    ideal = f"{TEXTS} texts by {_threads()} threads that do nothing else"
    for what, make in (("queued", _queue), ("found by the sweep", _store)):
        lasted = sorted(_leaves(make, number) for number in range(3))[1]
        yield Figure(
            what=f"{TEXTS} texts, {what}, provider {PROVIDER_SECONDS * 1000:.0f} ms: all handed over",
            value=lasted,
            unit="s",
            target=1.3 * floor,
            floor=floor,
            floor_is=ideal,
        )
    yield from _webhook_meanwhile(stage)
    stage.provider_takes(0)


def _threads() -> int:
    """How many texts the workers of the Procfile send at once."""
    worker = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("worker:"))
    found = re.search(r"--concurrency (\d+)", worker)
    return WORKERS * int(found[1] if found else 1)


def _drafts(number: int) -> list[outbox.Draft]:
    run = time.monotonic_ns()
    return [
        outbox.Draft(
            kind=Kind.REPLY, to=f"+1213{2_000_000 + n}", body="Thank you.", key=f"bench:{run}:{number}:{n}"
        )
        for n in range(TEXTS)
    ]


def _queue(number: int) -> None:
    with transaction.atomic():
        outbox.queue(drafts=_drafts(number), now=timezone.now())


def _store(number: int) -> None:
    """The same rows; whoever was to be woken for them was not."""
    now = timezone.now()
    fixed = {"direction": Direction.OUTBOUND, "status": MessageStatus.QUEUED, "created_at": now}
    Message.objects.bulk_create(
        Message(
            kind=each.kind,
            to=each.to,
            body=each.body,
            logical_key=each.key,
            next_attempt_at=now,
            changed_at=now,
            **fixed,
        )
        for each in _drafts(number)
    )


def _leaves(make: Callable[[int], None], number: int) -> float:
    """Seconds from the first text's call to the last one's answer."""
    begun = timezone.now()
    make(number)
    sent = Message.objects.filter(created_at__gte=begun, status=MessageStatus.SENT)
    wait_for(lambda: sent.count() == TEXTS, seconds=120, every=0.1)
    times: dict[str, datetime] = sent.aggregate(first=Min("call_started_at"), last=Max("sent_at"))
    return (times["last"] - times["first"]).total_seconds()


def _webhook_meanwhile(stage: Stage, *, requests: int = 400) -> Iterator[Figure]:
    """Receipts at 100 a second, first alone, then while 500 texts leave."""

    def p99() -> float:
        posts = [client.receipt(url=stage.url) for _ in range(requests)]
        return client.post_all(stage.web_port, posts, per_second=100).percentile(0.99) * 1000

    p99()
    quiet = p99()
    sender = threading.Thread(target=_leaves, args=(_queue, 9))
    sender.start()
    busy = p99()
    sender.join()
    ProviderEvent.objects.all().delete()
    what = f"webhook's p99 at 100/s while {TEXTS} texts leave"
    yield Figure(what=what, value=busy, unit="ms", target=50, floor=quiet, floor_is="while none leaves")


def empty_queue() -> Iterator[Figure]:
    """A sweep that finds nothing among a million texts of the past."""
    with connection.cursor() as cursor:
        cursor.execute(_OLD_TEXTS, {"rows": OLD_ROWS, "now": timezone.now() - timedelta(days=1)})
        cursor.execute("ANALYZE messaging_message")
    value = median_of(RUNS, _sweep_ms)
    what = f"a sweep over an empty queue, {OLD_ROWS:,} old texts"
    yield Figure(what=what, value=value, unit="ms", target=5)


def _sweep_ms(number: int) -> float:
    started = time.perf_counter()
    sweeping.sweep_outbox(clock=timezone.now)
    return (time.perf_counter() - started) * 1000


_OLD_TEXTS = """
    INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, body, status,
        logical_key, twilio_sid, error_code, skip_reason, related, outcome, attention, priority, attempt,
        status_rank, created_at, sent_at, delivered_at, changed_at)
    SELECT gen_random_uuid(), 'outbound', 'offer', 'sms', '+1' || (3000000000 + n %% 50000), '+15005550006',
        'An earlier time', CASE n %% 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'skipped' ELSE 'delivered' END,
        'old:' || n, 'SMold' || n, '', '', jsonb_build_object('offer', n, 'patient', n %% 50000), '', '',
        1, 1, 6, %(now)s, %(now)s, %(now)s, %(now)s
    FROM generate_series(1, %(rows)s) n
"""
