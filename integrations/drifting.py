"""Where the feed and our calendar tell different stories of visits to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from clinic.models import Appointment
from clinic.states import ACTIVE
from integrations import latest
from integrations.facts import Standing
from integrations.models import Source, VisitLink

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A visit of the source, as it last said, and our row of it, if there is one."""

    link: VisitLink
    visit: Appointment | None
    standing: Standing
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many visits to come are told in two ways, and how many of ours no source has ever spoken of."""

    told_differently: int
    never_mentioned: int


def counts(*, sources: Sequence[Source], now: datetime) -> dict[int, Counts]:
    """The drift of each of the sources, by its id; as many queries for ten as for one."""
    drifts = _drifts(VisitLink.objects.filter(source__in=sources), now)
    told = Counter(drift.link.source_id for drift in drifts)
    places = Source.clinics.through.objects.filter(source__in=sources)
    of_source = list(places.order_by("pk").values_list("source_id", "clinic_id"))
    unheard = _unheard({clinic for _, clinic in of_source}, now).order_by("clinic")
    by_clinic = dict(unheard.values_list("clinic").annotate(times=Count("pk")))
    unknown: Counter[int] = Counter()
    for source_id, clinic_id in of_source:
        unknown[source_id] += by_clinic.get(clinic_id, 0)
    return {source.pk: Counts(told[source.pk], unknown[source.pk]) for source in sources}


def told_differently(*, source: Source, now: datetime) -> list[Drift]:
    """Visits to come that the source has otherwise than we have them, the soonest first, MOST at most."""
    found = list(_drifts(VisitLink.objects.filter(source=source), now))
    found.sort(key=lambda drift: (drift.starts_at or now, drift.link.pk))
    return found[:MOST]


def never_mentioned(*, source: Source, now: datetime) -> QuerySet[Appointment]:
    """Visits to come at the source's clinics that no source has ever spoken of."""
    ours = _unheard(source.clinics.all(), now)
    return ours.select_related("clinic", "provider", "visit_type").order_by("starts_at", "pk")


def _unheard(clinics: Any, now: datetime) -> QuerySet[Appointment]:
    ours = Appointment.objects.filter(status__in=ACTIVE, starts_at__gt=now, feed_link=None)
    return ours.filter(clinic__in=clinics)


def _drifts(links: QuerySet[VisitLink], now: datetime) -> Iterator[Drift]:
    after = now.isoformat(timespec="microseconds")
    ahead = Q(appointment__starts_at__gt=now) | Q(known__time__0__0__gt=after)
    rows = links.filter(ahead).select_related(
        "appointment__clinic", "appointment__provider", "appointment__visit_type"
    )
    return (drift for link in rows.order_by("pk").iterator() for drift in _of(link))


def _of(link: VisitLink) -> Iterator[Drift]:
    if latest.STANDING not in link.known:
        return
    standing, interval = latest.standing(link.known), latest.interval(link.known)
    starts_at = interval[0] if interval else None
    visit = link.appointment
    stands_there = standing in (Standing.BOOKED, Standing.ARRIVED)
    stands_here = visit is not None and visit.status in ACTIVE
    moved = stands_there and visit is not None and starts_at is not None and visit.starts_at != starts_at
    if stands_there != stands_here or (stands_here and moved):
        yield Drift(link=link, visit=visit, standing=standing, starts_at=starts_at)
