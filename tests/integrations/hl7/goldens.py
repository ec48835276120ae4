"""The golden messages: `golden/NAME.hl7` as it comes, and `golden/NAME.toml` with what it must come to.

says         what the message shows
zone         of the source; America/Chicago where it is not said
settings     of the reader
ack          MSA-1, of a batch one for each message
err          the code of ERR
facts        what is read of it, each with all that is not a default
park         or why it waits for a person
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integrations import facts
from integrations.facts import Fact, Standing
from integrations.hl7 import reading
from integrations.reader import ReaderSettings

FOLDER = Path(__file__).parent / "golden"
# An hour after the first of them was sent.
RECEIVED_AT = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
KINDS = {
    facts.VisitFact: "visit",
    facts.PersonFact: "person",
    facts.MergeFact: "merge",
    facts.BlockFact: "block",
}


@dataclass(frozen=True)
class Golden:
    name: str
    body: bytes
    expected: dict[str, Any]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.expected.get("zone", "America/Chicago"))

    @property
    def settings(self) -> ReaderSettings:
        said = dict(self.expected.get("settings", {}))
        words = {word: Standing(standing) for word, standing in said.pop("statuses", {}).items()}
        return ReaderSettings(statuses=words, **said)

    @property
    def received_at(self) -> datetime:
        at: datetime = self.expected.get("received_at", RECEIVED_AT)
        return at

    @property
    def said_at(self) -> datetime:
        """When the last of it was said, as far as it says so."""
        said = [fact["said_at"] for fact in self.expected.get("facts", []) if "said_at" in fact]
        return datetime.fromisoformat(max(said)) if said else RECEIVED_AT

    def read(self, body: bytes | None = None) -> list[Fact]:
        return reading.read(
            self.body if body is None else body,
            zone=self.zone,
            received_at=self.received_at,
            settings=self.settings,
        )


def load(name: str) -> Golden:
    expected = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    return Golden(name, (FOLDER / f"{name}.hl7").read_bytes(), expected)


ALL = [load(path.stem) for path in sorted(FOLDER.glob("*.toml"))]
NAMES = [golden.name for golden in ALL]


def plain(fact: Any) -> dict[str, Any]:
    """A fact as the file writes it: what is a default is left out."""
    found = {field.name: _plain(getattr(fact, field.name)) for field in fields(fact)}
    left = {name: value for name, value in found.items() if value not in (None, "", [], False)}
    if isinstance(fact, facts.BlockFact):
        left["is_blocked"] = fact.is_blocked
    if isinstance(fact, facts.VisitFact):
        left = {name: value for name, value in left.items() if name != "is_offerable"}
        left |= {} if fact.is_offerable else {"is_offerable": False}
    return ({"kind": KINDS[type(fact)]} if type(fact) in KINDS else {}) | left


def _plain(value: Any) -> Any:
    if isinstance(value, (facts.Code, facts.Person)):
        return plain(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
