"""MSH, read from the bytes alone: enough to answer a message that nothing else can be said of. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.facts import Park, Why
from integrations.hl7 import normalising

SCHEDULING = frozenset({"S12", "S13", "S14", "S15", "S16", "S17", "S23", "S24", "S26"})
ORDERS = frozenset({"O01"})
# A03, a discharge, is taken and says nothing about anybody's next visit.
PEOPLE = frozenset({"A03", "A08", "A31", "A40"})
SUPPORTED = {"SIU": SCHEDULING, "ORM": ORDERS, "ADT": PEOPLE}
# An answer to an answer would be answered for ever.
ANSWERS = frozenset({"ACK", "MCF"})


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of MSH as bytes, as the standard counts them: `fields[1]` is the separator itself."""

    fields: tuple[bytes, ...]

    def field(self, number: int) -> bytes:
        return self.fields[number] if number < len(self.fields) else b""

    def text(self, number: int) -> str:
        """A field as text; what is not ASCII becomes a backslash and digits."""
        return self.field(number).decode("ascii", "backslashreplace").strip()

    @property
    def delimiters(self) -> str:
        """Field, component, repetition, escape and subcomponent separator."""
        return (self.fields[1] + self.fields[2][:4]).decode("ascii")

    @property
    def event(self) -> tuple[str, str]:
        """Type and trigger, such as SIU and S15; "" where one is missing."""
        kind, _, rest = self.text(9).upper().partition(self.delimiters[1])
        return kind.strip(), rest.partition(self.delimiters[1])[0].strip()

    def parts(self, number: int) -> list[str]:
        return [part.strip() for part in self.text(number).split(self.delimiters[1])]


def of(message: bytes) -> Header:
    """The header of one message. Raises Park where there is none or its separators cannot be."""
    message = normalising.unwrapped(message)
    if not message.startswith(b"MSH"):
        raise Park(Why.UNREADABLE, "MSH")
    line = message[: min((at for at in (message.find(b"\r"), message.find(b"\n")) if at >= 0), default=None)]
    separator = line[3:4]
    if not _may_separate(separator):
        raise Park(Why.UNREADABLE, "MSH-1")
    name, *rest = line.split(separator)
    encoding = rest[0] if rest else b""
    marks = separator + encoding
    if len(encoding) not in (4, 5) or len(set(marks)) != len(marks) or not _may_separate(marks):
        raise Park(Why.UNREADABLE, "MSH-2")
    return Header((name, separator, *rest))


def _may_separate(marks: bytes) -> bool:
    return bool(marks) and all(33 <= mark < 127 and not chr(mark).isalnum() for mark in marks)


def check(header: Header, *, receiver: str) -> None:
    """Raise Park for what this house does not take at all: the door refuses it, and replay refuses it again.

    `receiver` is how the source names us: MSH-5, or MSH-5 and MSH-6 with a bar between; "" is any name.
    """
    kind, trigger = header.event
    if not header.text(10):
        raise Park(Why.UNREADABLE, "MSH-10")
    if kind not in SUPPORTED:
        raise Park(Why.UNSUPPORTED, "MSH-9.1")
    if trigger not in SUPPORTED[kind]:
        raise Park(Why.UNSUPPORTED, "MSH-9.2")
    if not (header.text(12) or "2").startswith("2"):
        raise Park(Why.UNSUPPORTED, "MSH-12")
    # A rehearsal ("T", "D") must touch nobody real; what many leave empty is meant.
    if header.parts(11)[0].upper() not in ("P", ""):
        raise Park(Why.UNSUPPORTED, "MSH-11")
    for number, ours in enumerate(receiver.split("|"), start=5):
        if ours and header.parts(number)[0] != ours:
            raise Park(Why.WRONG_RECEIVER, f"MSH-{number}")
