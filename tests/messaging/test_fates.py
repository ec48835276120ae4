"""What becomes of a text to a simulated phone, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from messaging import errors, fates
from messaging.fates import Conditions, Fate


def told(**conditions: Any) -> list[tuple[str, str, float]]:
    steps = fates.steps(Conditions(**conditions))
    return [(step.word, step.error_code, step.after.total_seconds()) for step in steps]


@pytest.mark.parametrize(
    ("conditions", "callbacks", "arrives"),
    [
        ({}, ["sent 0", "delivered 0"], True),
        ({"delay_seconds": 5}, ["sent 5", "delivered 5"], True),
        ({"fate": Fate.UNDELIVERED, "error_code": "30005"}, ["sent 0", "undelivered30005 0"], False),
        ({"fate": Fate.REFUSED, "error_code": "21211"}, [], False),
        ({"fate": Fate.SILENT}, [], True),
        ({"fate": Fate.LATE, "late_seconds": 60, "delay_seconds": 2}, ["sent 2", "delivered 62"], True),
        ({"fate": Fate.DOUBLED}, ["sent 0", "sent 0", "delivered 0", "delivered 0"], True),
        ({"fate": Fate.REORDERED}, ["delivered 0", "sent 0"], True),
    ],
)
def test_a_fate_has_its_callbacks(conditions: Any, callbacks: list[str], arrives: bool) -> None:
    assert [f"{word}{code} {after:g}" for word, code, after in told(**conditions)] == callbacks
    assert fates.arrives(Conditions(**conditions)) == arrives
    fates.check(Conditions(**conditions))


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"fate": Fate.UNDELIVERED}, "error_code"),
        ({"fate": Fate.REFUSED, "error_code": "2121"}, "error_code"),
        ({"error_code": "30005"}, "error_code"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({"delay_seconds": 601}, "delay_seconds"),
        ({"fate": Fate.LATE}, "late_seconds"),
        ({"fate": Fate.LATE, "late_seconds": 86_401}, "late_seconds"),
        ({"late_seconds": 5}, "late_seconds"),
    ],
)
def test_conditions_that_make_no_sense_name_the_field(conditions: Any, field: str) -> None:
    with pytest.raises(fates.BadConditions) as refused:
        fates.check(Conditions(**conditions))
    assert refused.value.field == field


def test_every_code_of_the_door_is_in_the_table_of_error_classes() -> None:
    assert [code for code in fates.AT_THE_DOOR if code not in errors.TABLE] == []


def test_every_fate_is_worded() -> None:
    assert set(fates.LABELS) == set(Fate)
