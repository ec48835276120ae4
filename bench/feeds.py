"""What a schedule feed is owed: an acknowledgment at once, and offers as soon as a time has settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import Min
from django.utils import timezone
from rest_framework.authtoken.models import Token

from bench import feed_doors
from bench.client import Run
from bench.crowd import Crowd
from bench.figures import Figure
from bench.stage import Stage, wait_for
from clinic.models import Appointment
from integrations import codes
from integrations.codes import Meaning
from integrations.facts import Code
from integrations.hl7 import reading
from integrations.models import CodeKind, FeedMessage, MessageStatus, Source
from integrations.reader import ReaderSettings
from messaging.models import Kind, Message
from offers.models import Cancellation

SETTLE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A source, whose words are those of `message`, and the token that speaks for it."""

    source: Source
    token: str


def feed_of(people: Crowd) -> Feed:
    """A source that brings the visits of a crowd's clinic."""
    user = User.objects.create(username="bench feed")
    source = Source.objects.create(
        name="Bench",
        kind="hl7",
        timezone="America/Chicago",
        user=user,
        settle_seconds=SETTLE_SECONDS,
        created_at=timezone.now(),
    )
    source.clinics.add(people.clinic)
    meant = (
        (CodeKind.PROVIDER, "7001", people.provider.pk),
        (CodeKind.CLINIC, "NORTH", people.clinic.pk),
        (CodeKind.VISIT_TYPE, "FOLLOWUP", people.visit_type.pk),
    )
    for kind, word, pk in meant:
        meaning, code = Meaning(record_id=pk), Code(value=word)
        codes.say(source=source, kind=kind, code=code, meaning=meaning, by="bench", now=timezone.now())
    return Feed(source=source, token=Token.objects.create(user=user).key)


def message(trigger: str, number: int, *, starts_at: datetime, said_at: datetime) -> bytes:
    """A message such as hospitals send, some 900 bytes long, of one visit of half an hour."""
    start, end, said = (_stamp(at) for at in (starts_at, starts_at + timedelta(minutes=30), said_at))
    lines = (
        f"MSH|^~\\&|NORTHSCHED|NORTH|WAITLIST|CLINIC|{said}||SIU^{trigger}^SIU_S12|{trigger}{number}|P|2.5.1"
        "|||||USA|UNICODE UTF-8",
        f"SCH|P{number}^NORTHSCHED|F{number}^NORTHSCHED|||SCHED1||ROUTINE|FOLLOWUP^Follow-up visit|30|MIN"
        f"|^^30^{start}^{end}|||||9001^Clerk^Carla||||9001^Clerk^Carla|||||Booked",
        f"TQ1|1||||||{start}|{end}",
        f"PID|1||{number}^^^NORTH^MR||Tester{number}^Alma^Q||19800229|F|||1 Sample St^^Chicago^IL^60601"
        "||^PRN^CP^^1^312^5550134||eng|||||||||||||||N",
        "PV1|1|O|NORTH||||7001^Howe^Hanna",
        "RGS|1|A",
        f"AIS|1|A|FOLLOWUP^Follow-up visit|{start}|0|MIN|30|MIN",
        f"AIP|1|A|7001^Howe^Hanna|ATTENDING||{start}|0|MIN|30|MIN",
        f"AIL|1|A|NORTH|||{start}|0|MIN|30|MIN",
        "NTE|1||A note that nobody reads, as long as such notes are wont to be in messages of this kind",
    )
    return ("\r".join(lines) + "\r").encode()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def reading_pace(count: int = 2_000) -> Iterator[Figure]:
    """Parsed and mapped in one process, by the CPU that it took, beside decoding and splitting alone."""
    now = timezone.now()
    triggers = ("S12", "S13", "S14", "S15")
    bodies = [
        message(triggers[number % 4], number, starts_at=now + timedelta(days=3), said_at=now)
        for number in range(count)
    ]
    zone, settings = ZoneInfo("America/Chicago"), ReaderSettings()

    def pace(run: Callable[[bytes], object]) -> float:
        began = time.process_time()
        for body in bodies:
            run(body)
        return count / (time.process_time() - began)

    def read(body: bytes) -> object:
        return reading.read(body, zone=zone, received_at=now, settings=settings)

    def split(body: bytes) -> object:
        return [line.split("|") for line in body.decode().split("\r")]

    pace(read)
    ours, floors = zip(*((pace(read), pace(split)) for _ in range(5)), strict=True)
    yield Figure(
        what="HL7 parsed and mapped, a core",
        value=median(ours),
        unit="/s",
        target=3_000,
        better="higher",
        floor=median(floors),
        floor_is="decoded and split at bars, nothing else",
    )


def intake(stage: Stage, feed: Feed, *, count: int = 2_000) -> Iterator[Figure]:
    """Acknowledged over both doors at 16 connections, beside bare inserts over as many. No worker runs."""
    with feed_doors.listener(stage) as port:
        doors = {"HTTP": feed_doors.by_http(stage, token=feed.token), "MLLP": feed_doors.by_mllp(port)}
        for ask in doors.values():
            feed_doors.asked_at_once(ask, _messages(200))
        runs: dict[str, list[Run]] = {"floor": [], **{name: [] for name in doors}}
        for _ in range(3):
            runs["floor"].append(feed_doors.asked_at_once(feed_doors.by_insert(), _messages(count)))
            for name, ask in doors.items():
                runs[name].append(feed_doors.asked_at_once(ask, _messages(count)))
    least = median(run.per_second for run in runs["floor"])
    slowest = median(run.percentile(0.99) for run in runs["floor"]) * 1000
    bare = "a sealed row inserted and committed, no door"
    for name in doors:
        rate = median(run.per_second for run in runs[name])
        p99 = median(run.percentile(0.99) for run in runs[name]) * 1000
        what = f"HL7 by {name}, 16 connections"
        yield Figure(
            what=f"{what}, acknowledged",
            value=rate,
            unit="/s",
            target=300,
            better="higher",
            floor=least,
            floor_is=bare,
        )
        yield Figure(what=f"{what}, p99", value=p99, unit="ms", target=50, floor=slowest, floor_is=bare)
    FeedMessage.objects.all().delete()


def first_offers(stage: Stage, feed: Feed, people: Crowd, *, visits: int = 20) -> Iterator[Figure]:
    """From the receipt of a cancellation, beyond the settle time, to its first offer at the gateway."""
    now = timezone.now().replace(second=0, microsecond=0)
    times = {number: now + timedelta(days=2, hours=number) for number in range(1, visits + 1)}
    door = feed_doors.by_http(stage, token=feed.token)
    ask = door()
    for number, at in times.items():
        ask(message("S12", number, starts_at=at, said_at=timezone.now()))
    _wait_until_handled()
    ask = door()
    for number, at in times.items():
        ask(message("S15", number, starts_at=at, said_at=timezone.now()))
        time.sleep(0.5)
    _wait_until_handled()
    offers = Message.objects.filter(kind=Kind.OFFER, call_started_at__isnull=False)
    cancelled = Appointment.objects.filter(status="cancelled", offer_from__isnull=False)
    slots = list(cancelled.order_by("pk").values_list("pk", flat=True))
    if len(slots) != visits:
        raise RuntimeError(f"{len(slots)} of {visits} visits are cancelled")

    def asked() -> dict[str, datetime]:
        rows = offers.values("related__cancellation").annotate(at=Min("call_started_at"))
        return {row["related__cancellation"]: row["at"] for row in rows}

    wait_for(lambda: len(asked()) >= visits, seconds=300, every=0.5)
    late = sorted(_beyond(pk, at) for pk, at in asked().items())
    what = "S15 received -> first offer handed over, beyond the settle time"
    yield Figure(what=f"{what}, p95", value=late[int(len(late) * 0.95)] * 1000, unit="ms", target=500)
    yield Figure(what=f"{what}, p50", value=median(late) * 1000, unit="ms")


def _beyond(cancellation_id: str, at: datetime) -> float:
    slot = Cancellation.objects.select_related("appointment").get(pk=cancellation_id)
    assert slot.appointment is not None  # noqa: S101 - it was freed by one
    assert slot.appointment.offer_from is not None  # noqa: S101 - and settles until then
    return (at - slot.appointment.offer_from).total_seconds()


def _wait_until_handled() -> None:
    waiting = FeedMessage.objects.filter(status=MessageStatus.RECEIVED)
    wait_for(lambda: not waiting.exists(), seconds=120, every=0.1)
    if FeedMessage.objects.filter(status=MessageStatus.PARKED).exists():
        raise RuntimeError("messages are parked")


def _messages(count: int) -> list[bytes]:
    now = timezone.now()
    first = time.monotonic_ns()
    return [
        message("S12", first + number, starts_at=now + timedelta(days=9), said_at=now)
        for number in range(count)
    ]
