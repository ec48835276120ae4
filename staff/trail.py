"""The audit trail as a page and as a file: who did or saw what, the latest first."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from core import scoping, spreadsheets
from core.models import AuditEvent
from core.scoping import User
from staff import deeds

PAGE_SIZE = 100
# What has a page of its own, by the label of its model.
_PAGES = {
    "clinic.patient": "patient",
    "clinic.appointment": "appointment",
    "offers.cancellation": "slot",
    "messaging.message": "messages-talk",
}
HEAD = ("at", "who", "what", "record", "number", "reason", "data", "from")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; "" and None narrow nothing. The days are those of `zone`, both included."""

    who: str = ""
    what: str = ""
    kind: str = ""
    number: str = ""
    place: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event in words; `url` is where its record can be seen, "" for nowhere."""

    event: AuditEvent
    who: str
    what: str
    record: str
    why: str
    data: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Trail:
    """One page. `older` is the id before which the next one begins; None: there is none."""

    lines: list[Line]
    older: int | None


def page(*, wanted: Wanted, before: int | None, user: User) -> Trail:
    """The events that fit and that the user may see, from the id `before` back."""
    rows = found(wanted, user)
    rows = rows if before is None else rows.filter(pk__lt=before)
    events = list(rows[: PAGE_SIZE + 1])
    shown = events[:PAGE_SIZE]
    return Trail(
        lines=[_line(event) for event in shown],
        older=shown[-1].pk if len(events) > PAGE_SIZE else None,
    )


def _line(event: AuditEvent) -> Line:
    return Line(
        event=event,
        who=deeds.actor(event.actor),
        what=deeds.verb(event.verb),
        record=deeds.record(event.object_type),
        why=deeds.reason(event.reason),
        data=_data(event),
        url=_url(event),
    )


def _data(event: AuditEvent) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(event.data.items()))


def found(wanted: Wanted, user: User) -> QuerySet[AuditEvent]:
    """Every event that fits and that the user may see, the latest first."""
    exact = {"actor": wanted.who, "object_type": wanted.kind, "object_id": wanted.number}
    narrowed: dict[str, Any] = {name: value for name, value in exact.items() if value}
    if wanted.place is not None:
        narrowed["place"] = wanted.place
    if wanted.what:
        narrowed["verb__startswith"] = wanted.what
    if wanted.since:
        narrowed["at__gte"] = wanted.since
    if wanted.until:
        narrowed["at__lt"] = wanted.until
    return scoping.limit(AuditEvent.objects.filter(**narrowed), user).order_by("-pk")


def as_csv(events: QuerySet[AuditEvent], *, zone: ZoneInfo) -> Iterator[str]:
    """The events for a spreadsheet, a line at a time; the mark in front is for Excel."""
    writer = csv.writer(_Echo())
    yield f"\ufeff{writer.writerow(HEAD)}"
    for event in events.iterator(chunk_size=2000):
        cells = (
            event.at.astimezone(zone).isoformat(timespec="seconds"),
            event.actor,
            event.verb,
            event.object_type,
            event.object_id,
            event.reason,
            _data(event),
            event.ip or "",
        )
        yield writer.writerow([spreadsheets.plain(str(cell)) for cell in cells])


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, words: str) -> str:
        return words


def _url(event: AuditEvent) -> str:
    name = _PAGES.get(event.object_type)
    return reverse(name, args=[int(event.object_id)]) if name and event.object_id.isdecimal() else ""


def zone() -> ZoneInfo:
    """The installation's own zone, by which the days are counted: events of all clinics stand in one list."""
    return timezone.get_default_timezone()
