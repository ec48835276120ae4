"""Whether the feeds work: what came last, what is to be handled, what waits for a person, who is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from integrations import parking
from integrations.models import FeedMessage, MessageStatus, Source, WriteBack, WriteBackStatus

LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One source. `waiting` are messages still to be handled, the oldest since `waiting_since` (UTC).

    `silent_since`: in its hours it has said nothing since, for longer than somebody has said it may.
    """

    source: Source
    last_at: datetime | None
    lately: int
    waiting: int
    waiting_since: datetime | None
    parked: int
    silent_since: datetime | None

    @property
    def is_silent(self) -> bool:
        return self.silent_since is not None


def look(*, sources: QuerySet[Source], now: datetime) -> list[Health]:
    """The sources by name; as many queries for ten as for one."""
    last = FeedMessage.objects.filter(source=OuterRef("pk")).order_by("-received_at").values("received_at")
    found = list(sources.annotate(last_at=Subquery(last[:1])).order_by("name", "pk"))
    waits = _per_source(FeedMessage.objects.filter(status=MessageStatus.RECEIVED), found)
    lately = _per_source(FeedMessage.objects.filter(received_at__gt=now - LATELY), found)
    parked = parking.waiting().filter(message__source__in=found).values_list("message__source")
    by_source = dict(parked.annotate(times=Count("pk")).order_by("message__source"))
    return [
        Health(
            source=source,
            last_at=source.last_at,
            lately=lately.get(source.pk, (0, None))[0],
            waiting=waits.get(source.pk, (0, None))[0],
            waiting_since=waits.get(source.pk, (0, None))[1],
            parked=by_source.get(source.pk, 0),
            silent_since=silent_since(source, last_at=source.last_at, now=now),
        )
        for source in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """How many of our bookings an EHR has still to learn of, and since when the oldest waits (UTC)."""

    count: int = 0
    since: datetime | None = None


# Being sent is under way: it is counted with what is to be sent.
OWED = {
    "due": (WriteBackStatus.QUEUED, WriteBackStatus.SENDING),
    "unknown": (WriteBackStatus.UNKNOWN,),
    "by_hand": (WriteBackStatus.BY_HAND,),
}


def owed() -> dict[str, Owed]:
    """What EHRs have to learn: `due` to be sent, `unknown` to be asked about, `by_hand` for staff."""
    return {name: _owed(statuses) for name, statuses in OWED.items()}


def _owed(statuses: Sequence[WriteBackStatus]) -> Owed:
    rows = WriteBack.objects.filter(status__in=statuses)
    return Owed(**rows.aggregate(count=Count("pk"), since=Min("created_at")))


def silent_since(source: Source, *, last_at: datetime | None, now: datetime) -> datetime | None:
    """Since when it is silent within the hours of this day on its own clocks; None: not for too long."""
    if source.silence_minutes is None or not source.active:
        return None
    local = now.astimezone(source.zone)
    is_its_hour = source.speaks_from <= local.time() < source.speaks_until
    if local.weekday() not in source.speaks_on or not is_its_hour:
        return None
    opened = datetime.combine(local.date(), source.speaks_from, tzinfo=source.zone)
    since = opened if last_at is None else max(opened, last_at)
    return since if now - since > timedelta(minutes=source.silence_minutes) else None


def _per_source(
    rows: QuerySet[FeedMessage], sources: Sequence[Source]
) -> dict[int, tuple[int, datetime | None]]:
    counted = rows.filter(source__in=sources).values("source")
    counted = counted.annotate(times=Count("pk"), since=Min("received_at")).order_by("source")
    return {row["source"]: (row["times"], row["since"]) for row in counted}
