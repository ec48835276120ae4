"""What a reader of one language is: a pure function from bytes to facts. No Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from integrations.facts import Fact, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """What a source is known for. `statuses` are its own words for how a visit stands, beside the usual ones.

    `placer_is_constant`: what should name a visit (SCH-1) is the same in all of them and names none.
    `receiver`: how its messages name us; "" is any name. `zones`: on whose clocks its places are, by code.
    """

    placer_is_constant: bool = False
    statuses: Mapping[str, Standing] = field(default_factory=dict)
    receiver: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """Reads a message. Times without a zone are those of `zone`. Raises facts.Park."""

    def __call__(
        self, body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings
    ) -> Sequence[Fact]: ...
