"""Rooms above this one put questions of their own to patients. Each text is shown to them before it is read
as an answer to an offer, so that exactly one room answers it, in the one transaction of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from messaging.models import Message
from offers.intents import Reading
from offers.senders import Question

# What came of a text, and why a person must look at it, if any; None: the text is not for that room.
Said = tuple[str, str] | None
Reader = Callable[[Message, Reading, Question | None, datetime], Said]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Ask `reader(message, reading, question, now)` about every text that is no wish about texting itself.

    `question` is the open question of the text's number, else the last one put to it, with its `status` and
    `created_at`; None: there was none. Who takes the text answers it in the outbox; no text is marked handled
    here. It runs with the turn of the phone, before any slot is locked.
    """
    _readers.append(reader)


def ask(message: Message, reading: Reading, question: Question | None, now: datetime) -> Said:
    """What the first room says that takes the text; None where it is left to the offers."""
    for reader in _readers:
        said = reader(message, reading, question, now)
        if said is not None:
            return said
    return None
