"""A figure beside its target and its floor, as a line of the table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`better` says in which direction the target is met; a figure without a target only informs."""

    what: str
    value: float
    unit: str
    target: float | None = None
    better: str = "lower"
    floor: float | None = None
    floor_is: str = ""

    def is_met(self) -> bool:
        if self.target is None:
            return True
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def __str__(self) -> str:
        sign = "≤" if self.better == "lower" else "≥"
        target = f"target {sign} {self.target:g} {self.unit}" if self.target is not None else ""
        floor = f"floor {self.floor:.3g} {self.unit} ({self.floor_is})" if self.floor is not None else ""
        verdict = "" if self.target is None else "met" if self.is_met() else "MISSED"
        return f"{self.what:<66} {self.value:>8.3g} {self.unit:<6} {target:<20} {verdict:<7} {floor}".rstrip()


def show(figure: Figure) -> None:
    sys.stdout.write(f"{figure}\n")
    sys.stdout.flush()


def median_of(times: int, run: Callable[[int], float]) -> float:
    """The median of several runs; the first warms up and does not count."""
    run(0)
    return median(run(number) for number in range(1, times + 1))
