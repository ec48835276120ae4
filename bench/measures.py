"""What is measured, each through the doors that the clinic and the provider use."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from statistics import median

from django.db import connection, transaction
from django.db.models import F, Max, Min
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import client, crowd
from bench.crowd import Crowd
from bench.figures import Figure, median_of
from bench.spent import so_far as spent_so_far
from bench.stage import Stage, wait_for
from bench.tasks import floor
from clinic.models import Appointment
from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.states import MessageStatus
from offers import opening, replies, rounds, sweeping, withdrawing
from offers.models import Cancellation, Offer
from offers.states import CancellationStatus, OfferStatus

RUNS = 15
STRANGER = "+12125550100"


def offering(stage: Stage, people: Crowd, *, target_ms: float | None) -> Iterator[Figure]:
    """From a logged cancellation, without grace, to its third offer at the provider's door."""
    floor_ms = median_of(RUNS, lambda number: _floor_ms(people, number))
    for delay, target in ((0.0, target_ms), (0.15, target_ms)):
        stage.provider_takes(delay)
        what = f"logged -> third offer handed over, {people.size:,} entries, provider {delay * 1000:.0f} ms"
        value = median_of(RUNS, lambda number: _third_offer_ms(people, number))
        floor_is = "best three by SQL and three texts in one task, provider 0 ms"
        yield Figure(what=what, value=value, unit="ms", target=target, floor=floor_ms, floor_is=floor_is)
    stage.provider_takes(0)


def _floor_ms(people: Crowd, number: int) -> float:
    started, run_id = timezone.now().timestamp(), time.monotonic_ns()
    floor.delay(clinic_id=people.clinic.pk, visit_type_id=people.visit_type.pk, run_id=run_id)
    found: list[float] = []

    def done() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT words FROM bench_floor WHERE words LIKE %s", [f"{run_id} %"])
            found.extend(float(words.split()[1]) for (words,) in cursor.fetchall())
        return bool(found)

    wait_for(done)
    return (found[0] - started) * 1000


def _third_offer_ms(people: Crowd, number: int) -> float:
    now = timezone.now()
    starts_at = now.replace(second=0, microsecond=0) + timedelta(days=2, minutes=number)
    slot = opening.NewSlot(
        clinic_id=people.clinic.pk,
        provider_id=people.provider.pk,
        visit_type_id=people.visit_type.pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    logged_at = timezone.now()
    opened = opening.open_slot(slot=slot, by="bench", now=logged_at)
    sent = Message.objects.filter(
        kind=Kind.OFFER, related__contains={"cancellation": opened.pk}, attempt__gt=0
    )
    wait_for(lambda: sent.filter(status=MessageStatus.SENT).count() == people.clinic.round_size)
    handed_over = sent.aggregate(last=Max("call_started_at"))["last"]
    withdrawing.withdraw(cancellation_id=opened.pk, by="bench", now=timezone.now())
    wait_until_quiet()
    return float((handed_over - logged_at).total_seconds() * 1000)


def wait_until_quiet() -> None:
    """Until no text is owed and no answer is due."""
    owed = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.RECEIVED)
    wait_for(
        lambda: (
            not Message.objects.filter(status__in=owed).exists()
            and not ProviderEvent.objects.filter(handled_at=None).exists()
        ),
        seconds=300,
        every=0.1,
    )


def webhook(stage: Stage, *, requests: int = 2000) -> Iterator[Figure]:
    """A YES verified, stored and answered, beside a bare view of the same server. No worker runs."""
    bare = [client.text(url=stage.url, sender=STRANGER, path="/bench/bare/") for _ in range(requests)]
    client.post_all(stage.web_port, bare[:200])
    ours, floors = [], []
    for _ in range(3):
        floors.append(client.post_all(stage.web_port, bare))
        texts = [client.text(url=stage.url, sender=STRANGER) for _ in range(requests)]
        ours.append(client.post_all(stage.web_port, texts))
    share = median(mine.per_second / least.per_second for mine, least in zip(ours, floors, strict=True))
    rate, least = (median(run.per_second for run in runs) for runs in (ours, floors))
    p99 = median(run.percentile(0.99) for run in ours) * 1000
    floor_p99 = median(run.percentile(0.99) for run in floors) * 1000
    yield Figure(
        what="YES webhook, share of the floor's rate", value=share, unit="×", target=0.6, better="higher"
    )
    bare_view = "a bare view that inserts one row"
    yield Figure(what="YES webhook, rate", value=rate, unit="/s", floor=least, floor_is=bare_view)
    what = "YES webhook, p99 at 8 connections"
    yield Figure(what=what, value=p99, unit="ms", target=50, floor=floor_p99, floor_is=bare_view)
    ProviderEvent.objects.all().delete()


def answers(stage: Stage, people: Crowd, *, slots: int = 600) -> Iterator[Figure]:
    """YES to as many slots at once, each with three questions out: decided by the workers, texts included."""
    _warm_up(stage, people)
    phones = crowd.asked(people, slots, days=20)
    texts = [client.text(url=stage.url, sender=phone) for phone in phones]
    begun, spent = timezone.now(), spent_so_far(stage)
    client.post_all(stage.web_port, texts)
    last = _decided(slots, since=begun)
    decided = _since(spent, stage)
    first = ProviderEvent.objects.filter(received_at__gte=begun).aggregate(at=Min("received_at"))["at"]
    rate = slots / (last - first).total_seconds()
    yield Figure(
        what="YES decided end to end, workers included", value=rate, unit="/s", target=150, better="higher"
    )
    wait_until_quiet()
    handed = Message.objects.filter(created_at__gte=begun, direction=Direction.OUTBOUND)
    done = handed.aggregate(at=Max("call_started_at"))["at"]
    rate = slots / (done - first).total_seconds()
    yield Figure(what="YES with all three texts of its slot handed over", value=rate, unit="/s")
    told = _since(spent, stage)
    each = {"decided, everything": sum(decided.values()), "with its texts, everything": sum(told.values())}
    for what, seconds in {**each, **{f"with its texts, {part}": told[part] for part in told}}.items():
        yield Figure(what=f"CPU of one YES {what}", value=seconds / slots * 1000, unit="ms")


def _since(before: Mapping[str, float], stage: Stage) -> dict[str, float]:
    return {part: seconds - before.get(part, 0) for part, seconds in spent_so_far(stage).items()}


def _warm_up(stage: Stage, people: Crowd, *, slots: int = 150) -> None:
    """So many YES, until every process has started and its connections know the statements."""
    phones = crowd.asked(people, slots, days=10)
    client.post_all(stage.web_port, [client.text(url=stage.url, sender=phone) for phone in phones])
    wait_until_quiet()


def _decided(slots: int, *, since: datetime) -> datetime:
    filled = Cancellation.objects.filter(status=CancellationStatus.FILLED, closed_at__gte=since)
    wait_for(lambda: filled.count() >= slots, seconds=300, every=0.1)
    last: datetime = Appointment.objects.filter(fills_slot__isnull=False).aggregate(at=Max("created_at"))[
        "at"
    ]
    return last


def pace(stage: Stage, people: Crowd, *, delay: float, slots: int = 500) -> Iterator[Figure]:
    """At 50 YES a second: from the webhook's receipt until the winner's confirmation is handed over."""
    phones = crowd.asked(people, slots, days=60 if delay else 40)
    stage.provider_takes(delay)
    begun = timezone.now()
    texts = [client.text(url=stage.url, sender=phone) for phone in phones]
    client.post_all(stage.web_port, texts, per_second=50)
    wait_until_quiet()
    stage.provider_takes(0)
    told = Message.objects.filter(kind=Kind.CONFIRMATION, created_at__gte=begun)
    waits = told.annotate(took=F("call_started_at") - F("in_reply_to__received_at")).values_list(
        "took", flat=True
    )
    seconds = sorted(took.total_seconds() for took in waits)
    if len(seconds) != slots:
        raise RuntimeError(f"{len(seconds)} of {slots} winners were told")
    suffix = f", provider {delay * 1000:.0f} ms"
    p95 = seconds[int(slots * 0.95)] * 1000
    yield Figure(what=f"50 YES/s: receipt -> confirmation, p95{suffix}", value=p95, unit="ms", target=300)
    p50 = seconds[slots // 2] * 1000
    yield Figure(what=f"50 YES/s: receipt -> confirmation, p50{suffix}", value=p50, unit="ms")


def yardstick() -> Iterator[Figure]:
    """How fast the machine is just now: what the smallest piece of our work costs it."""
    yield Figure(what="one read by primary key through the ORM, CPU", value=_read_cpu_ms(), unit="ms")


def _read_cpu_ms(reads: int = 500) -> float:
    def run(number: int) -> float:
        began = time.process_time()
        for pk in range(reads):
            Cancellation.objects.filter(pk=pk).first()
        return (time.process_time() - began) / reads * 1000

    return median_of(5, run)


def work_per_yes(people: Crowd, *, what: str, days: int = 100) -> Iterator[Figure]:
    """One YES answered in this process, without tasks: its statements, its time and its CPU."""
    phones = crowd.asked(people, RUNS + 1, days=days)
    texts = [_received(phone, number) for number, phone in enumerate(phones)]
    statements, cpu = 0, 0.0

    def answer(number: int) -> float:
        nonlocal statements, cpu
        with CaptureQueriesContext(connection) as captured:
            started, began = time.perf_counter(), time.process_time()
            with transaction.atomic():
                outcome = replies.answer(message_id=texts[number], now=timezone.now())
            took = time.perf_counter() - started
        if number:
            # The first has its statements planned.
            cpu += time.process_time() - began
        if outcome != "won":
            raise RuntimeError(f"a YES that should have won: {outcome}")
        statements = len(captured)
        return took * 1000

    value = median_of(RUNS, answer)
    yield Figure(what=f"one YES decided, {what}", value=value, unit="ms")
    yield Figure(what=f"statements of one YES, {what}", value=statements, unit="")
    reads = cpu * 1000 / RUNS / _read_cpu_ms()
    yield Figure(what=f"CPU of one YES, {what}", value=reads, unit="reads")
    yield Figure(what=f"an empty sweep of the slots, {what}", value=median_of(RUNS, _sweep_ms), unit="ms")
    yield Figure(what=f"one round decided and stored, {what}", value=_round_ms(people), unit="ms")


def _received(phone: str, number: int) -> int:
    now = timezone.now()
    text = Message(
        direction=Direction.INBOUND,
        kind=Kind.REPLY,
        to="+15005550006",
        from_number=phone,
        body="YES",
        status=MessageStatus.RECEIVED,
        twilio_sid=f"SM{time.monotonic_ns()}{number}",
        created_at=now,
        received_at=now,
        changed_at=now,
    )
    text.save()
    return text.pk


def _sweep_ms(number: int) -> float:
    started = time.perf_counter()
    sweeping.sweep_slots(now=timezone.now())
    return (time.perf_counter() - started) * 1000


def _round_ms(people: Crowd) -> float:
    def run(number: int) -> float:
        now = timezone.now()
        starts_at = now.replace(second=0, microsecond=0) + timedelta(days=150, minutes=31 * number)
        slot = Cancellation.objects.create(
            clinic=people.clinic,
            provider=people.provider,
            visit_type=people.visit_type,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            next_step_at=now,
            grace_ends_at=now,
            logged_by="bench",
            created_at=now,
            changed_at=now,
        )
        started = time.perf_counter()
        rounds.advance(cancellation_id=slot.pk, now=timezone.now())
        took = time.perf_counter() - started
        Offer.objects.filter(cancellation=slot, status=OfferStatus.PENDING).update(
            status=OfferStatus.WITHDRAWN
        )
        Cancellation.objects.filter(pk=slot.pk).update(status=CancellationStatus.WITHDRAWN, next_step_at=None)
        return took * 1000

    return median_of(RUNS, run)
