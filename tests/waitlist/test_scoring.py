"""The formula of the contract, by table and by law."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waitlist.scoring import Parts, Weights, pack, score, unpack

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FURTHEST = Weights(favour_furthest=True)


def of(**changes: Any) -> Parts:
    plain: dict[str, Any] = {
        "urgent": False,
        "manual_boost": 0,
        "current_on": None,
        "joined_at": NOW,
        "now": NOW,
    }
    return score(**{**plain, **changes})


@pytest.mark.parametrize(
    ("days", "points"),
    [
        (-5, 20),
        (0, 20),
        (1, 20),
        (2, 20),
        (3, 19),
        (5, 19),
        (6, 18),
        (29, 11),
        (30, 10),
        (56, 2),
        (57, 1),
        (59, 1),
        (60, 0),
        (61, 0),
        (3650, 0),
    ],
)
def test_a_nearer_appointment_gives_more_points(days: int, points: int) -> None:
    assert of(current_on=TODAY + timedelta(days=days)).proximity == points


@pytest.mark.parametrize(("days", "points"), [(-5, 0), (0, 0), (2, 0), (3, 1), (30, 10), (60, 20), (400, 20)])
def test_a_clinic_may_favour_the_furthest_appointment(days: int, points: int) -> None:
    assert of(current_on=TODAY + timedelta(days=days), weights=FURTHEST).proximity == points


@pytest.mark.parametrize("weights", [Weights(), FURTHEST])
def test_nobody_without_an_appointment_is_first_or_last_for_it(weights: Weights) -> None:
    assert of(weights=weights).proximity == 10


@pytest.mark.parametrize(
    ("waited", "points"),
    [
        (timedelta(days=-30), 0),
        (timedelta(0), 0),
        (timedelta(days=9, seconds=-1), 0),
        (timedelta(days=9), 1),
        (timedelta(days=89), 9),
        (timedelta(days=90), 10),
        (timedelta(days=4000), 10),
    ],
)
def test_every_nine_full_days_on_the_list_give_a_point(waited: timedelta, points: int) -> None:
    assert of(joined_at=NOW - waited).seniority == points


def test_the_total_is_the_sum_of_the_parts() -> None:
    parts = of(urgent=True, manual_boost=40, current_on=TODAY, joined_at=NOW - timedelta(days=365))
    assert parts == Parts(urgent=30, boost=40, proximity=20, seniority=10)
    assert parts.total == 100


def test_an_urgent_entry_gets_thirty_points() -> None:
    assert (of(urgent=True).urgent, of(urgent=False).urgent) == (30, 0)


@pytest.mark.parametrize("boost", [-1, 41])
def test_a_boost_outside_its_range_is_refused(boost: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 40"):
        of(manual_boost=boost)


def test_a_clinic_sets_its_own_weights_and_spans() -> None:
    weights = Weights(urgent=5, proximity=4, proximity_step_days=7, seniority=2, seniority_step_days=1)
    parts = of(
        urgent=True, current_on=TODAY + timedelta(days=14), joined_at=NOW - timedelta(days=9), weights=weights
    )
    assert parts == Parts(urgent=5, boost=0, proximity=2, seniority=2)


days = st.integers(-4000, 4000)
boosts = st.integers(0, 40)


@given(urgent=st.booleans(), boost=boosts, current=st.none() | days, waited=days, furthest=st.booleans())
def test_every_score_is_within_its_bounds(
    urgent: bool, boost: int, current: int | None, waited: int, furthest: bool
) -> None:
    parts = of(
        urgent=urgent,
        manual_boost=boost,
        current_on=None if current is None else TODAY + timedelta(days=current),
        joined_at=NOW - timedelta(days=waited),
        weights=Weights(favour_furthest=furthest),
    )
    assert parts.boost == boost
    assert 0 <= parts.proximity <= 20
    assert 0 <= parts.seniority <= 10
    assert 0 <= parts.total <= 100


@given(nearer=days, further=days)
def test_points_never_rise_with_the_distance_of_the_appointment(nearer: int, further: int) -> None:
    nearer, further = sorted((nearer, further))
    near, far = (TODAY + timedelta(days=n) for n in (nearer, further))
    assert of(current_on=near).proximity >= of(current_on=far).proximity
    assert of(current_on=near, weights=FURTHEST).proximity <= of(current_on=far, weights=FURTHEST).proximity


@given(shorter=days, longer=days)
def test_points_never_fall_with_the_time_on_the_list(shorter: int, longer: int) -> None:
    shorter, longer = sorted((shorter, longer))
    assert (
        of(joined_at=NOW - timedelta(days=shorter)).seniority
        <= of(joined_at=NOW - timedelta(days=longer)).seniority
    )


@given(st.builds(Parts, st.integers(0, 127), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
def test_packed_points_come_back_and_fit_an_integer_column(parts: Parts) -> None:
    packed = pack(parts)
    assert 0 <= packed < 2**31
    assert unpack(packed) == parts


def test_the_urgent_points_are_packed_on_top() -> None:
    assert pack(Parts(urgent=1, boost=2, proximity=3, seniority=4)) == 0x01020304


@pytest.mark.parametrize("parts", [Parts(128, 0, 0, 0), Parts(0, 256, 0, 0), Parts(0, 0, -1, 0)])
def test_points_that_do_not_fit_are_refused(parts: Parts) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        pack(parts)


@pytest.mark.parametrize("packed", [-1, 2**31])
def test_a_number_that_holds_no_score_is_refused(packed: int) -> None:
    with pytest.raises(ValueError, match="holds no score"):
        unpack(packed)
