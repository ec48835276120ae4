"""The waitlist as a page: the rows with what staff may do to them, and how deep the list is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.dates import WEEKDAYS_ABBR

from clinic.models import Provider
from core import scoping
from core.scoping import User
from offers import depth
from staff import typed
from waitlist import listing, scoring
from waitlist.listing import Wanted
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """One line of the list; times are the clinic's own."""

    entry: WaitlistEntry
    parts: scoring.Parts
    joined_at: datetime
    current_at: datetime | None
    windows: list[str]

    @property
    def can_pause(self) -> bool:
        return self.entry.status == EntryStatus.WAITING

    @property
    def can_resume(self) -> bool:
        return self.entry.status == EntryStatus.PAUSED

    @property
    def is_in_line(self) -> bool:
        return self.can_pause or self.can_resume


def waitlist(*, wanted: Wanted, now: datetime, number: int) -> Page[Any]:
    """The page `number` of the list, best first, as Django's templates know pages."""
    found = listing.page(wanted=wanted, now=now, size=PAGE_SIZE, number=number)
    rows = [_row(row) for row in found.rows]
    return Page(rows, number, Paginator(range(found.total), PAGE_SIZE))


def _row(row: listing.Row) -> EntryRow:
    zone, current = row.entry.clinic.zone, row.entry.current_appointment
    return EntryRow(
        entry=row.entry,
        parts=row.parts,
        joined_at=row.entry.joined_at.astimezone(zone),
        current_at=current.starts_at.astimezone(zone) if current else None,
        windows=free_times(row.entry),
    )


def free_times(entry: WaitlistEntry) -> list[str]:
    """When the patient can come, from Monday on; none means always."""
    windows = sorted(entry.availability.all(), key=lambda window: (window.weekday, window.start))
    return [f"{WEEKDAYS_ABBR[one.weekday]} {one.start:%H:%M}–{one.end:%H:%M}" for one in windows]


def entries(*, wanted: Wanted) -> QuerySet[WaitlistEntry]:
    """Every entry that is looked for, in no order."""
    found = WaitlistEntry.objects.filter(clinic=wanted.clinic)
    found = found.filter(status=wanted.status) if wanted.status else found.in_line()
    if wanted.provider_id is not None:
        kind = Provider.objects.filter(pk=wanted.provider_id).values("provider_type")
        anybody = Q(provider=None) & (Q(provider_type="") | Q(provider_type__in=kind))
        found = found.filter(Q(provider=wanted.provider_id) | anybody)
    if wanted.visit_type_id is not None:
        found = found.filter(visit_type=wanted.visit_type_id)
    return found if wanted.urgent is None else found.filter(urgent=wanted.urgent)


def ticked(ids: list[str], *, user: User) -> list[WaitlistEntry]:
    """The entries with these ids, as a form sends them, that the user may see."""
    found = WaitlistEntry.objects.filter(pk__in=[pk for pk in map(typed.row_id, ids) if pk is not None])
    return list(scoping.limit(found.select_related("patient"), user).order_by("pk"))


def depths(*, wanted: Wanted, now: datetime) -> list[depth.Depth]:
    """What the clinic's list would fill, the thinnest first."""
    return depth.of(clinic=wanted.clinic, now=now)
