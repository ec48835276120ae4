"""What the waitlist has achieved on some days: the same figures for the page, the CSV and the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clinic.models import Clinic, Provider
from core.marking import Sentence
from core.marking import marked as _
from offers import counting, figures
from offers.figures import Band, Counts, Period, Share, Target
from offers.models import Cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The counts of some of the slots. `key` is the clinic's or provider's id, the hour, or the first day."""

    key: str
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the way to a booking. `times` counts a person once for each slot, `people` once at all.

    `people` is None where finding out would take too long.
    """

    figure: str
    times: int
    people: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A target beside what was reached; `is_met` is None where there is nothing to judge."""

    target: Target
    share: Share

    @property
    def is_met(self) -> bool | None:
        return self.target.is_met(self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """How long answers took; seconds, None without answers."""

    answers: int
    median: float | None
    ninth: float | None
    bands: Sequence[Band]

    @property
    def median_minutes(self) -> float | None:
        return figures.minutes(self.median)

    @property
    def ninth_minutes(self) -> float | None:
        return figures.minutes(self.ninth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of a range of days."""

    period: Period
    whole: Counts
    aims: Sequence[Aim]
    fill_bands: Sequence[Band]
    replies: Replies
    funnel: Sequence[Step]
    by_clinic: Sequence[Lot]
    by_provider: Sequence[Lot]
    by_hour: Sequence[Lot]
    by_day: Sequence[Lot]


def last_logged_on(*, scope: Iterable[int] | None, clinic_id: int | None = None) -> date | None:
    """The day, on its clinic's calendar, of the last slot ever logged in the scope; None: there is none."""
    clinics = _narrowed(scope, clinic_id)
    slots = (
        Cancellation.objects.filter(is_shadow=False).select_related("clinic").order_by("-created_at", "pk")
    )
    last = slots.first() if clinics is None else slots.filter(clinic__in=clinics).first()
    return last.created_at.astimezone(last.clinic.zone).date() if last else None


def summary(
    *,
    period: Period,
    scope: Iterable[int] | None,
    now: datetime,
    clinic_id: int | None = None,
    provider_id: int | None = None,
) -> Summary:
    """Count the slots logged in `period`, by each clinic's own calendar.

    `scope` are the ids of the clinics that the reader may see, None for all; `clinic_id` narrows it and never
    widens it. `now` (aware) decides which slots are too young to be judged. Three queries, whatever there is.
    """
    clinics = _narrowed(scope, clinic_id)
    found = counting.count(period=period, clinics=clinics, provider_id=provider_id, now=now)
    lots: dict[str, dict[str, Counts]] = {"all": {}, "clinic": {}, "provider": {}, "hour": {}, "day": {}}
    for row in found["lots"]:
        lot, key = row.pop("lot"), row.pop("key")
        lots[lot][key or ""] = Counts(**row)
    whole = lots["all"][""]
    return Summary(
        period=period,
        whole=whole,
        aims=[Aim(target=target, share=whole.share(target.figure)) for target in figures.TARGETS],
        fill_bands=figures.bands(figures.FILL_BANDS, whole.fill_bands),
        replies=_replies(found["replies"]),
        funnel=_funnel(whole, found["people"]),
        by_clinic=_named(lots["clinic"], dict(Clinic.objects.values_list("pk", "name").order_by("pk"))),
        by_provider=_named(lots["provider"], dict(Provider.objects.values_list("pk", "name").order_by("pk"))),
        by_hour=[_lot(lots["hour"], str(hour), f"{hour:02d}:00") for hour in range(24)],
        by_day=[_lot(lots["day"], str(day), _day(day, period)) for day in period.steps()],
    )


def _narrowed(scope: Iterable[int] | None, clinic_id: int | None) -> list[int] | None:
    if clinic_id is None:
        return None if scope is None else list(scope)
    return [clinic_id] if scope is None or clinic_id in set(scope) else []


def _lot(found: dict[str, Counts], key: str, name: str) -> Lot:
    return Lot(key=key, name=name, counts=found.get(key) or Counts())


def _named(found: dict[str, Counts], names: dict[int, str]) -> list[Lot]:
    lots = [_lot(found, key, names[int(key)]) for key in found]
    return sorted(lots, key=lambda lot: (lot.name.casefold(), int(lot.key)))


def _day(day: date, period: Period) -> str:
    return {"day": f"{day}", "week": Sentence(_("week of %(day)s"), day=day), "month": f"{day:%Y-%m}"}[
        period.step
    ]


def _replies(row: dict[str, Any]) -> Replies:
    banded = figures.bands(figures.REPLY_BANDS, row["bands"])
    return Replies(answers=row["answers"], median=row["median"], ninth=row["ninth"], bands=banded)


def _funnel(whole: Counts, people: dict[str, int | None]) -> list[Step]:
    steps = ("considered", "asked", "answered", "won")
    return [Step(figure=name, times=getattr(whole, name), people=people[name]) for name in steps]
