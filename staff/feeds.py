"""What the pages of the schedule feeds show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic, VisitType
from core import scoping
from core.scoping import User
from integrations import colliding, drifting, freeing, health, parking
from integrations.drifting import Drift
from integrations.health import Health
from integrations.models import FeedPolicy, Freed, Parked, Resolution, Source, Todo
from integrations.models.codes import STANDINGS
from messaging.status_lines import age

PAGE_SIZE = 50
LOOK, SEE_PARKED, SETTLE = (
    "integrations.view_source",
    "integrations.view_parked",
    "integrations.change_todo",
)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What of the feeds somebody at the board should know; `words` are one sentence."""

    parked: int
    to_settle: int
    silent: list[str]

    @property
    def is_wanted(self) -> bool:
        return bool(self.parked or self.to_settle or self.silent)

    @property
    def words(self) -> str:
        return "; ".join(self._parts()) + "."

    def _parts(self) -> Iterator[str]:
        if self.silent:
            yield _("Silent feed: %(names)s") % {"names": ", ".join(self.silent)}
        if self.to_settle:
            count = self.to_settle
            words = ngettext("%(n)s visit of a feed to settle", "%(n)s visits of feeds to settle", count)
            yield words % {"n": count}
        if self.parked:
            words = ngettext(
                "%(n)s message of a feed waits for a person",
                "%(n)s messages of feeds wait for a person",
                self.parked,
            )
            yield words % {"n": self.parked}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One source with its ages in words."""

    health: Health
    last: str
    waits: str


@dataclass(frozen=True, kw_only=True)
class TodoRow:
    """Something to settle; times are the clinic's own."""

    todo: Todo
    starts_at: datetime
    other_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DriftRow:
    """A visit that is told in two ways; times are the clinic's own, or the source's."""

    visit_id: int | None
    about: str
    theirs: str
    their_time: datetime | None
    ours: str
    our_time: datetime | None


def notice(user: User, now: datetime) -> Notice:
    """What waits, as far as the user may see it."""
    if not user.has_perm(LOOK):
        return Notice(parked=0, to_settle=0, silent=[])
    found = health.look(sources=sources(user), now=now)
    return Notice(
        parked=sum(one.parked for one in found),
        to_settle=scoping.limit(colliding.waiting(), user).count(),
        silent=[one.source.name for one in found if one.is_silent],
    )


def sources(user: User) -> Any:
    """The sources of the user's clinics."""
    return scoping.limit(Source.objects.all(), user)


def rows(user: User, now: datetime) -> list[Row]:
    """Every source with how it is."""
    return [_row(one, now) for one in health.look(sources=sources(user), now=now)]


def _row(one: Health, now: datetime) -> Row:
    never = _("never")
    waits = age(one.waiting_since, now) if one.waiting_since else ""
    return Row(health=one, last=age(one.last_at, now) if one.last_at else never, waits=waits)


def to_settle(user: User) -> list[TodoRow]:
    """What staff have to settle, the soonest visit first."""
    found = scoping.limit(colliding.waiting(), user).select_related(
        "clinic", "appointment__provider", "appointment__patient", "other__patient"
    )
    shown = found.order_by("appointment__starts_at", "pk")[:PAGE_SIZE]
    return [_todo(todo) for todo in shown]


def _todo(todo: Todo) -> TodoRow:
    zone, other = todo.clinic.zone, todo.other
    return TodoRow(
        todo=todo,
        starts_at=todo.appointment.starts_at.astimezone(zone),
        other_at=other.starts_at.astimezone(zone) if other else None,
    )


def parked(*, wanted: dict[str, Any], user: User, number: int) -> Page[Parked]:
    """The page `number` of the parked items, the newest first."""
    found = scoping.limit(Parked.objects.all(), user).select_related("message__source")
    if wanted.get("source"):
        found = found.filter(message__source=wanted["source"])
    if wanted.get("why"):
        found = found.filter(why=wanted["why"])
    state = wanted.get("state") or "open"
    if state != "all":
        found = found.filter(resolution=Resolution.OPEN if state == "open" else state)
    return Paginator(found.order_by("-pk"), PAGE_SIZE).get_page(number)


def item(pk: int, user: User) -> Parked:
    """A parked item that the user may see. Raises Http404."""
    found = Parked.objects.select_related("message__source", "candidate")
    return get_object_or_404(scoping.limit(found, user), pk=pk)


def others_alike(item: Parked) -> int:
    """How many more messages wait for the same code."""
    if not item.code_kind:
        return 0
    same = parking.waiting().filter(
        message__source=item.message.source_id,
        code_kind=item.code_kind,
        code=item.code,
        code_system=item.code_system,
    )
    return same.exclude(pk=item.pk).count()


def drift(source: Source, now: datetime) -> list[DriftRow]:
    """Visits to come that the source tells otherwise than we have them."""
    return [_drift(one, source) for one in drifting.told_differently(source=source, now=now)]


def _drift(one: Drift, source: Source) -> DriftRow:
    visit, labels = one.visit, dict(STANDINGS)
    zone = visit.clinic.zone if visit else source.zone
    return DriftRow(
        visit_id=visit.pk if visit else None,
        about=f"{visit.visit_type}, {visit.provider}, {visit.clinic}" if visit else "",
        theirs=str(labels[one.standing.value]),
        their_time=one.starts_at.astimezone(zone) if one.starts_at else None,
        ours=visit.get_status_display() if visit else _("not in our calendar"),
        our_time=visit.starts_at.astimezone(zone) if visit else None,
    )


def policies(clinic: Clinic) -> list[tuple[VisitType | None, str]]:
    """The clinic's rules as they stand: the one for all, then those of single kinds of visit."""
    stored = FeedPolicy.objects.filter(clinic=clinic).select_related("visit_type")
    rules = {row.visit_type_id: row.freed for row in stored.order_by("pk")}
    kinds = VisitType.objects.order_by("name", "pk")
    usual = freeing.policy(clinic_id=clinic.pk, visit_type_id=0)
    return [(None, rules.get(None, usual)), *((kind, rules.get(kind.pk, "")) for kind in kinds)]


def is_ruled(clinic: Clinic) -> bool:
    """Whether somebody has made rules for the clinic; until then the usual one holds."""
    return FeedPolicy.objects.filter(clinic=clinic).exists()


def label(freed: str) -> str:
    """A rule in words."""
    return str(Freed(freed).label)
