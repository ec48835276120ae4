"""What speaks against a visit at a time: rules about facts that somebody else has gathered. Pure.

A block cannot be booked; a warning can, by whoever says why. Explanations name no patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


def _(words: str) -> str:
    """Marks an explanation for the translators; pages look it up."""
    return words


CLOSED = _("The clinic is closed on that day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One thing against a visit; `words` with its `values` filled in is the explanation, for staff."""

    code: str
    severity: Severity
    words: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        return self.words % self.values

    @property
    def is_block(self) -> bool:
        return self.severity == Severity.BLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that is booked, or that somebody wants to book: then `pk` is None. Times are aware."""

    pk: int | None
    clinic_id: int
    provider_id: int
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    resource_ids: frozenset[int] = frozenset()

    def overlaps(self, other: Visit) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known around one visit, times of day and days on its clinic's own clock.

    `others` are active visits near it of the same provider, patient or resource. `hours` are the provider's
    windows there as (weekday, start, end); none: they are not kept. `last_at` is when the patient last
    started a visit of the kind before this one. `blocked` are times in which the provider is not to be had.
    """

    zone: ZoneInfo
    others: Sequence[Visit] = ()
    hours: Sequence[tuple[int, time, time]] = ()
    closed: Sequence[tuple[date, date]] = ()
    blocked: Sequence[tuple[datetime, datetime]] = ()
    takes: timedelta = timedelta(0)
    travel: timedelta = timedelta(0)
    last_at: datetime | None = None
    interval_days: int = 0
    names: Mapping[int, str] = field(default_factory=dict)


def find(visit: Visit, facts: Facts) -> list[Conflict]:
    """Everything that speaks against the visit, blocks first."""
    return [conflict for rule in RULES for conflict in rule(visit, facts)]


def _provider_busy(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    for other in _meeting(visit, facts):
        if other.provider_id == visit.provider_id:
            words = _("The provider has another visit from %(start)s to %(end)s.")
            yield _block("provider_busy", words, _times(other, facts))
            return


def _patient_busy(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    for other in _meeting(visit, facts):
        if other.patient_id == visit.patient_id:
            words = _("The patient has another visit from %(start)s to %(end)s.")
            yield _block("patient_busy", words, _times(other, facts))
            return


def _resource_busy(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    taken = {pk for other in _meeting(visit, facts) for pk in other.resource_ids & visit.resource_ids}
    for pk in sorted(taken):
        words = _("%(name)s is taken by another visit then.")
        yield _block("resource_busy", words, {"name": facts.names.get(pk, str(pk))})


def is_closed(
    *, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, closed: Iterable[tuple[date, date]]
) -> bool:
    """Whether any of the time is on a day, by the clock of `zone`, on which nobody is seen."""
    begins = starts_at.astimezone(zone).date()
    ends = (ends_at - timedelta(seconds=1)).astimezone(zone).date()
    return any(first <= ends and begins <= last for first, last in closed)


def _closed(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    if is_closed(starts_at=visit.starts_at, ends_at=visit.ends_at, zone=facts.zone, closed=facts.closed):
        yield _block("clinic_closed", CLOSED, {})


def _blocked_time(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    if any(start < visit.ends_at and visit.starts_at < end for start, end in facts.blocked):
        yield _block("provider_blocked", _("The provider is not to be had then: the time is blocked."), {})


def _outside_hours(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    start, end = _local(visit.starts_at, facts), _local(visit.ends_at, facts)
    of_day = [(opens, closes) for weekday, opens, closes in facts.hours if weekday == start.weekday()]
    is_inside = end.date() == start.date() and any(
        opens <= start.time() and end.time() <= closes for opens, closes in of_day
    )
    if not facts.hours or is_inside:
        return
    if not of_day:
        yield _warn("outside_hours", _("The provider is not at that clinic on that weekday."), {})
        return
    kept = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in sorted(of_day))
    words = _("Outside the provider's hours there, which are %(hours)s.")
    yield _warn("outside_hours", words, {"hours": kept})


def _too_short(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    if visit.ends_at - visit.starts_at < facts.takes:
        words = _("Shorter than such a visit takes: %(minutes)s minutes.")
        yield _warn("too_short", words, {"minutes": str(facts.takes // timedelta(minutes=1))})


def _too_soon(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    if facts.last_at is None or not facts.interval_days:
        return
    # Days of the calendar: a visit at nine is not too soon after one at ten, so many days before.
    passed = (_local(visit.starts_at, facts).date() - _local(facts.last_at, facts).date()).days
    if passed < facts.interval_days:
        words = _("Too soon: %(passed)s days after the last such visit, where %(needed)s are needed.")
        yield _warn("too_soon", words, {"passed": str(passed), "needed": str(facts.interval_days)})


def _travel(visit: Visit, facts: Facts) -> Iterator[Conflict]:
    away = [
        (max(visit.starts_at - other.ends_at, other.starts_at - visit.ends_at), other)
        for other in facts.others
        if other.pk != visit.pk and other.clinic_id != visit.clinic_id
    ]
    near = [other for gap, other in away if timedelta(0) <= gap < facts.travel]
    for code, words, is_theirs in _TRAVELLERS:
        gaps = [gap for gap, other in away if other in near and is_theirs(other, visit)]
        if gaps:
            needed, gap = facts.travel // timedelta(minutes=1), min(gaps) // timedelta(minutes=1)
            yield _warn(code, words, {"gap": str(gap), "needed": str(needed)})


_TRAVELLERS: tuple[tuple[str, str, Callable[[Visit, Visit], bool]], ...] = (
    (
        "travel",
        _("The provider is at another clinic %(gap)s minutes away; %(needed)s are needed."),
        lambda other, visit: other.provider_id == visit.provider_id,
    ),
    (
        "patient_travel",
        _("The patient is at another clinic %(gap)s minutes away; %(needed)s are needed."),
        lambda other, visit: other.patient_id == visit.patient_id,
    ),
)


Rule = Callable[[Visit, Facts], Iterator[Conflict]]
RULES: tuple[Rule, ...] = (
    _provider_busy,
    _patient_busy,
    _resource_busy,
    _closed,
    _blocked_time,
    _outside_hours,
    _too_short,
    _too_soon,
    _travel,
)


def _meeting(visit: Visit, facts: Facts) -> list[Visit]:
    met = (other for other in facts.others if other.pk != visit.pk and other.overlaps(visit))
    return sorted(met, key=lambda other: other.starts_at)


def _local(at: datetime, facts: Facts) -> datetime:
    return at.astimezone(facts.zone)


def _times(other: Visit, facts: Facts) -> dict[str, str]:
    start, end = _local(other.starts_at, facts), _local(other.ends_at, facts)
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def _block(code: str, words: str, values: Mapping[str, str]) -> Conflict:
    return Conflict(code=code, severity=Severity.BLOCK, words=words, values=values)


def _warn(code: str, words: str, values: Mapping[str, str]) -> Conflict:
    return Conflict(code=code, severity=Severity.WARN, words=words, values=values)
