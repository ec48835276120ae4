"""The parts of a message that we read: segments, fields, repetitions, components, subcomponents. Pure.

The tokenizer is PyPI `hl7`. It costs more than all the rest of the reading together, so it is given only
those fields that are read and hold repetitions or subcomponents, all of them at once; components alone are
split as it would split them.
"""

from __future__ import annotations

import re
from typing import Any

import hl7

READ = {
    "SCH": (1, 2, 3, 6, 7, 8, 9, 10, 11, 25),
    "TQ1": (6, 7, 8),
    "ORC": (1, 2, 3, 5, 7),
    "OBR": (4, 16, 27, 36),
    "PID": (2, 3, 5, 7, 13, 15, 29, 30, 40),
    "PD1": (4, 11, 12),
    "MRG": (1,),
    "PV1": (3, 7),
    "AIS": (3, 4, 7, 8),
    "AIG": (3, 8, 11, 12),
    "AIL": (3, 6, 9, 10),
    "AIP": (3, 6, 9, 10),
}
_NULL = '""'  # how HL7 says that a value is to be deleted
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_HEX = re.compile(r"X(?:[0-9A-Fa-f]{2})+")


def _as_list(sequence: list[Any], **_: Any) -> list[Any]:
    return sequence


class _Lists(hl7.Factory):  # type: ignore[misc]
    """Lists instead of the library's own containers, which take half of its time."""

    create_message = create_field = create_repetition = create_component = staticmethod(_as_list)

    @staticmethod
    def create_segment(sequence: list[Any], **_: Any) -> list[Any]:
        """A function of its own: the library tells the levels apart by it."""
        return sequence


class Segment:
    """One line. Everything is counted from 1, and what is not there is ""."""

    __slots__ = ("_fields", "_plain", "name")

    def __init__(self, name: str, fields: dict[int, list[Any]], plain: Any) -> None:
        self.name, self._fields, self._plain = name, fields, plain

    def repetitions(self, field: int) -> range:
        return range(1, len(self._fields.get(field, ())) + 1)

    def is_null(self, field: int) -> bool:
        """Whether the sender says that what is known of it is to be forgotten."""
        repetitions = self._fields.get(field, ())
        return bool(repetitions) and all(parts[:1] == [_NULL] for parts in repetitions)

    def part(self, field: int, component: int = 1, *, of: int = 1, sub: int = 1) -> str:
        """What stands there in repetition `of`, unescaped; "" also for HL7's null."""
        repetitions = self._fields.get(field, ())
        parts = repetitions[of - 1] if of <= len(repetitions) else ()
        found = parts[component - 1] if component <= len(parts) else ""
        if not isinstance(found, str):
            found = found[sub - 1] if sub <= len(found) else ""
        elif sub > 1:
            return ""
        return self._plain(found) if found else ""


class Message:
    """The segments of one message that we read, in their order."""

    def __init__(self, *, text: str, delimiters: str) -> None:
        self._field, self._component, self._repetition, self._escape, self._sub = tuple(delimiters)
        self._named = dict(zip("FSRET", tuple(delimiters), strict=True))
        escape = re.escape(self._escape)
        self._escaped = re.compile(f"{escape}([^{escape}\r]*){escape}")
        self.segments = self._read(text)
        self._named_so: dict[str, list[Segment]] = {}
        for segment in self.segments:
            self._named_so.setdefault(segment.name, []).append(segment)

    def all(self, name: str) -> list[Segment]:
        return self._named_so.get(name, [])

    def first(self, name: str) -> Segment | None:
        return next(iter(self.all(name)), None)

    def _read(self, text: str) -> list[Segment]:
        component, repetition, sub = self._component, self._repetition, self._sub
        segments, compound, places = [], [], []
        for line in text.split("\r"):
            name, *values = line.strip().split(self._field)
            if name not in READ:
                continue
            fields: dict[int, list[Any]] = {}
            for number in READ[name]:
                value = values[number - 1] if number <= len(values) else ""
                if repetition in value or sub in value:
                    compound.append(value)
                    places.append((fields, number))
                elif value:
                    fields[number] = [value.split(component)]
            segments.append(Segment(name, fields, self._plain))
        for (fields, number), tokens in zip(places, self._tokens(compound), strict=True):
            fields[number] = tokens
        return segments

    def _tokens(self, compound: list[str]) -> list[Any]:
        if not compound:
            return []
        encoding = self._component + self._repetition + self._escape + self._sub
        header = f"MSH{self._field}{encoding}{self._field}"
        line = self._field.join(("Z", *compound, ""))
        tokens: list[Any] = hl7.parse(f"{header}\r{line}", factory=_Lists)[1][1:-1]
        return tokens

    def _plain(self, value: str) -> str:
        if self._escape in value:
            value = self._escaped.sub(self._meant, value)
        value = value.strip()
        if value == _NULL:
            return ""
        return value if value.isprintable() else _CONTROL.sub(" ", value).strip()

    def _meant(self, match: re.Match[str]) -> str:
        """What an escape sequence stands for; those that only shape a text stand for a space."""
        word = match[1]
        if word in self._named:
            return self._named[word]
        if _HEX.fullmatch(word):
            raw = bytes.fromhex(word[1:])
            try:
                return raw.decode()
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        return " " if word else match[0]
