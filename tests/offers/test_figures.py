"""Ranges of days, shares, targets and bands: tables of cases."""

from __future__ import annotations

from datetime import date

import pytest

from offers import figures, meanings
from offers.figures import BadPeriod, Counts, Period, Share, Target

MARCH = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "to"),
        (date(2024, 1, 1), date(2026, 1, 1), "from"),
        (date(1999, 12, 31), date(2000, 1, 2), "from"),
        (date(2199, 12, 31), date(2200, 1, 1), "from"),
    ],
)
def test_a_range_that_cannot_be_counted_names_its_wrong_end(since: date, until: date, field: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        Period(since, until)
    assert refusal.value.field == field
    assert refusal.value.message


def test_a_range_of_one_day_and_of_two_years_can_be_counted() -> None:
    assert Period(MARCH, MARCH).days == 1
    assert Period(date(2024, 1, 1), date(2025, 12, 31)).days == 731


@pytest.mark.parametrize(
    ("until", "step", "first", "last", "points"),
    [
        (date(2026, 3, 31), "day", date(2026, 3, 1), date(2026, 3, 31), 31),
        (date(2026, 4, 1), "week", date(2026, 2, 23), date(2026, 3, 30), 6),
        (date(2026, 8, 31), "month", date(2026, 3, 1), date(2026, 8, 1), 6),
    ],
)
def test_a_longer_range_has_longer_steps(
    until: date, step: str, first: date, last: date, points: int
) -> None:
    period = Period(MARCH, until)
    steps = period.steps()
    assert (period.step, steps[0], steps[-1], len(steps)) == (step, first, last, points)


def test_the_usual_range_ends_today() -> None:
    assert figures.last_days(today=MARCH) == Period(date(2026, 1, 31), MARCH)


def test_a_share_of_nothing_is_no_percentage() -> None:
    assert Share(0, 0).percent is None
    assert Share(2, 3).percent == 66.7


@pytest.mark.parametrize(
    ("part", "of", "at_least", "met"),
    [
        (8, 10, True, True),
        (7, 10, True, False),
        (0, 0, True, None),
        (1, 20, False, True),
        (2, 20, False, False),
    ],
)
def test_a_target_is_met_from_its_edge_on(part: int, of: int, at_least: bool, met: bool | None) -> None:
    target = Target("in_time", 80) if at_least else Target("by_hand", 5, at_least=False)
    assert target.is_met(Share(part, of)) is met


def test_a_target_is_judged_by_the_exact_share() -> None:
    share = Share(79_999, 100_000)
    assert share.percent == 80.0
    assert Target("in_time", 80).is_met(share) is False


def test_bands_say_where_they_begin_and_end() -> None:
    made = figures.bands((5, 60, 120), [1, 2, 3, 4])
    assert [band.label for band in made] == ["up to 5 min", "5 min – 1 h", "1 h – 2 h", "over 2 h"]
    assert [band.count for band in made] == [1, 2, 3, 4]


def test_nothing_filled_is_nothing_a_fill() -> None:
    assert Counts(asked=4).offers_per_fill is None
    assert Counts(asked=4, filled=3).offers_per_fill == 1.3


def test_every_figure_that_is_explained_has_a_name_and_every_target_both() -> None:
    assert set(meanings.MEANINGS) == set(meanings.TITLES)
    assert {target.figure for target in figures.TARGETS} <= set(meanings.TITLES)


def test_so_many_people_fill_eight_slots_of_ten() -> None:
    assert 1 - 0.89**figures.ENOUGH_PEOPLE >= 0.8 > 1 - 0.89 ** (figures.ENOUGH_PEOPLE - 1)
