"""The last look before a text leaves. Upper rooms register one function for each kind they answer for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import rows
from messaging.models import Message


@dataclass(frozen=True, slots=True)
class Go:
    """Send these words; after `valid_until` they are of no use to anybody.

    `permission` is the receipt that is kept with the text: why it may leave, as JSON of ids and codes.
    """

    body: str
    valid_until: datetime | None = None
    permission: Mapping[str, Any] = field(default_factory=dict)
    # Where the gate makes the words: an e-mail's subject and language, the words that WhatsApp approved.
    subject: str = ""
    language: str = ""
    content: Mapping[str, Any] | None = None
    # What the gate has looked up that the permit needs as well.
    known: Any = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Never send it; the reason is a short code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; look again at `at`."""

    at: datetime


Verdict = Go | Skip | Later
_gates: dict[str, Callable[[Message, datetime], Verdict]] = {}
_bars: dict[str, str] = {}
_permits: list[Callable[[Message, Go, datetime], Verdict]] = []
_undos: dict[str, Callable[[Message, datetime], None]] = {}


def register(kind: str, gate: Callable[[Message, datetime], Verdict]) -> None:
    """Ask `gate(message, now)` before a text of `kind` leaves.

    It runs in the transaction that marks the call as begun, before the message's own row is locked, so
    that it can lock what stands earlier in the order of locks.
    """
    _gates[kind] = gate


def register_bar(reason: str, condition: str) -> None:
    """End every text for whose `row` this SQL holds, whatever its kind, before its gate is asked.

    The condition has no parameters: it is read together with the row.
    """
    _bars[reason] = condition


def bar() -> str:
    """The SQL that says of a message's `row` why no gate is asked; "" where its gate decides."""
    cases = "".join(f" WHEN {condition} THEN '{reason}'" for reason, condition in _bars.items())
    return f"CASE{cases} ELSE '' END" if cases else "''"


def register_permit(permit: Callable[[Message, Go, datetime], Verdict]) -> None:
    """Ask `permit(message, go, now)` after the gate of whatever kind has said Go without a permission.

    It answers with a Go that has one, or says no. As a gate it runs before the message's row is locked.
    """
    _permits.append(permit)


def register_undo(kind: str, undo: Callable[[Message, datetime], None]) -> None:
    """Call `undo(message, now)` when the provider certainly did not take a text of `kind`, or refused it."""
    _undos[kind] = undo


def ask(message: Message, now: datetime, *, barred: str | None = None) -> Verdict:
    """The verdict of the kind's gate; a kind without one goes with the words it has, if it is permitted.

    `barred` is what `bar` says of the row, where the caller has read it.
    """
    if barred is None:
        barred = next(said for _, said in rows.read_with(Message, bar(), "id = %s", [message.pk]))
    if barred:
        return Skip(barred)
    gate = _gates.get(message.kind)
    verdict = gate(message, now) if gate else Go(message.body)
    for permit in _permits:
        if isinstance(verdict, Go) and not verdict.permission:
            verdict = permit(message, verdict, now)
    return verdict


def undo(message: Message, now: datetime) -> None:
    """Take back what the kind's gate did."""
    if message.kind in _undos:
        _undos[message.kind](message, now)
