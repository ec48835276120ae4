"""What goes wrong, drawn from one number before anything happens: the seed.

The nth POST meets the same faults and the workers die at the same texts whenever the seed is the same. Which
text the nth is, the processes decide among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

RATE = 0.05
# So many POSTs in a row are refused.
BURST = 4


class Fault(StrEnum):
    """Each befalls one text in twenty, whatever else befalls it."""

    DROP = "answer dropped after accepting"
    SERVER_ERROR = "500 after accepting"
    FIRST = "callback before the answer"
    TWICE = "callbacks doubled"
    SHUFFLED = "callbacks reordered"
    TOO_MANY = "429, in bursts"
    SLOW = "slower than our patience"
    RESET = "connection reset"
    # Rule 8 knows a ninth.
    NEVER = "callbacks lost"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What one POST meets. Half of the slow ones are taken only after their sender has given up."""

    faults: frozenset[Fault]
    is_late: bool

    def word(self, slow_seconds: float) -> str:
        """As the stand-in understands it: see tests.twilio_standin."""
        if Fault.TOO_MANY in self.faults:
            return "429"
        if Fault.RESET in self.faults:
            return "reset"
        then = "500_after" if Fault.SERVER_ERROR in self.faults else ""
        then = "drop" if Fault.DROP in self.faults else then
        if Fault.SLOW not in self.faults:
            return then
        slow = f"{'late' if self.is_late else 'slow'}:{slow_seconds}"
        return f"{slow}:{then}" if then and not self.is_late else slow


def draw(seed: int, number: int) -> Draw:
    """What the POST of that number meets."""
    chance = Random(f"{seed} post {number}")
    faults: set[Fault] = {fault for fault in Fault if chance.random() < RATE and fault != Fault.TOO_MANY}
    if any(_begins_burst(seed, begun) for begun in range(number - BURST + 1, number + 1)):
        faults.add(Fault.TOO_MANY)
    return Draw(faults=frozenset(faults), is_late=chance.random() < 0.5)


def kills(seed: int, *, times: int, posts: int) -> list[int]:
    """After how many of about so many POSTs a worker dies."""
    return sorted(Random(f"{seed} kills").sample(range(posts // 20, posts * 4 // 5), times))


def _begins_burst(seed: int, number: int) -> bool:
    return Random(f"{seed} burst {number}").random() < RATE / BURST
