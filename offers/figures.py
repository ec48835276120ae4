"""What analytics counts: its figures, its targets and its range of days. Pure; see also offers.meanings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from core.marking import Sentence
from core.marking import marked as _

LONGEST_DAYS = 731
IN_TIME_MINUTES = 120
# At 11 % of questions answered YES, the upper end of what is published for automated offers (8 to 11 %),
# 14 people leave a chance of 0.89 ** 14 = 20 % that nobody takes the slot, which is the target's rest.
ENOUGH_PEOPLE = 14
# Upper ends in minutes, each included; the last band has none.
FILL_BANDS = (5, 15, 30, 60, 120, 360, 1440)
REPLY_BANDS = (1, 3, 7, 15, 45)


class BadPeriod(Exception):
    """A range of days that cannot be counted; `field` names its wrong end."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included, by each clinic's own calendar. Raises BadPeriod."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise BadPeriod("to", _("The last day is before the first."))
        if self.days > LONGEST_DAYS:
            raise BadPeriod("from", Sentence(_("A range has at most %(days)s days."), days=LONGEST_DAYS))
        if not 2000 <= self.since.year <= self.until.year <= 2199:
            raise BadPeriod("from", _("Give years from 2000 to 2199."))

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def step(self) -> str:
        """What a point of the trend stands for: a day, a week or a month."""
        if self.days <= 31:
            return "day"
        return "week" if self.days <= 183 else "month"

    def steps(self) -> list[date]:
        """The first day of every point of the trend; the first may lie before `since`."""
        found = [begin(self.since, self.step)]
        while (following := _next(found[-1], self.step)) <= self.until:
            found.append(following)
        return found


def last_days(*, today: date, days: int = 30) -> Period:
    """The `days` days that end with `today`."""
    return Period(today - timedelta(days=days - 1), today)


def begin(day: date, step: str) -> date:
    """The first day of the day, week (from Monday) or month that `day` is in."""
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _next(day: date, step: str) -> date:
    if step == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`."""

    part: int
    of: int

    @property
    def percent(self) -> float | None:
        """To one decimal; None of nothing."""
        return round(100 * self.part / self.of, 1) if self.of else None


@dataclass(frozen=True, slots=True)
class Target:
    """A share that is to be at least, or else at most, `percent`."""

    figure: str
    percent: int
    at_least: bool = True

    def is_met(self, share: Share) -> bool | None:
        """By the exact share, not the rounded one; None where there is nothing to judge."""
        if not share.of:
            return None
        reached, wanted = 100 * share.part, self.percent * share.of
        return reached >= wanted if self.at_least else reached <= wanted


TARGETS = (
    Target("in_time", 80),
    Target("delivered", 95),
    Target("by_hand", 5, at_least=False),
)


@dataclass(frozen=True, slots=True)
class Band:
    """How many took longer than `over` and at most `up_to` minutes; None is no end."""

    over: int
    up_to: int | None
    count: int

    @property
    def label(self) -> str:
        if self.up_to is None:
            return Sentence(_("over %(time)s"), time=spoken(self.over))
        if not self.over:
            return Sentence(_("up to %(time)s"), time=spoken(self.up_to))
        return f"{spoken(self.over)} – {spoken(self.up_to)}"


def bands(ends: tuple[int, ...], counts: list[int]) -> list[Band]:
    """The counts with their bands, one more than there are `ends`."""
    return [
        Band(over, up_to, count) for over, up_to, count in zip((0, *ends), (*ends, None), counts, strict=True)
    ]


def spoken(minutes: int) -> str:
    """Whole hours as hours."""
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is counted of one lot of slots: all, or those of a clinic, a provider, an hour, a day.

    A duration is in seconds, and None where there is nothing to take the median of; percentages and what is
    counted for each slot filled have one decimal, and are None of nothing. offers.meanings says what each is.
    """

    logged: int = 0
    withdrawn_in_grace: int = 0
    withdrawn_later: int = 0
    undecided: int = 0
    counted: int = 0
    in_time: int = 0
    settled: int = 0
    filled: int = 0
    by_text: int = 0
    to_call: int = 0
    handed_over: int = 0
    delivered: int = 0
    not_delivered: int = 0
    taken: int = 0
    for_a_person: int = 0
    considered: int = 0
    asked: int = 0
    answered: int = 0
    won: int = 0
    depth: int | None = None
    thin: int = 0
    rounds: int = 0
    fill_median: float | None = None
    fill_ninth: float | None = None
    fill_bands: list[int] = field(default_factory=lambda: [0] * (len(FILL_BANDS) + 1))
    moved: int = 0
    days_gained: int = 0
    days_median: int | None = None

    @property
    def by_phone(self) -> int:
        return self.filled - self.by_text

    @property
    def unfilled(self) -> int:
        return self.settled - self.filled - self.to_call

    @property
    def unreported(self) -> int:
        return self.handed_over - self.delivered - self.not_delivered

    def share(self, figure: str) -> Share:
        """The share that a target is about. Raises KeyError."""
        return {
            "in_time": Share(self.in_time, self.counted),
            "delivered": Share(self.delivered, self.handed_over),
            "by_hand": Share(self.by_phone + self.to_call, self.settled),
        }[figure]

    @property
    def in_time_percent(self) -> float | None:
        return self.share("in_time").percent

    @property
    def delivered_percent(self) -> float | None:
        return self.share("delivered").percent

    @property
    def by_hand_percent(self) -> float | None:
        return self.share("by_hand").percent

    @property
    def fill_median_minutes(self) -> float | None:
        return minutes(self.fill_median)

    @property
    def fill_ninth_minutes(self) -> float | None:
        return minutes(self.fill_ninth)

    @property
    def offers_per_fill(self) -> float | None:
        return self._per_fill(self.asked)

    @property
    def taken_per_fill(self) -> float | None:
        return self._per_fill(self.taken)

    def _per_fill(self, many: int) -> float | None:
        return round(many / self.filled, 1) if self.filled else None


def minutes(seconds: float | None) -> float | None:
    """To one decimal; None stays None."""
    return None if seconds is None else round(seconds / 60, 1)
