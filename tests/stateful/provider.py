"""A provider in memory: it takes texts, refuses them or leaves us in doubt, as told beforehand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from messaging.gateways import Answer, NotProcessed, Outgoing, Refused, Sent, Unclear


class Fate(StrEnum):
    """What becomes of a text that is handed over."""

    TAKEN = "taken"
    NOT_PROCESSED = "not processed"
    REFUSED = "refused"
    OPTED_OUT = "opted out at the provider"
    TAKEN_IN_DOUBT = "taken, but nobody told us"
    LOST_IN_DOUBT = "lost, and nobody told us"


ARRIVES = (Fate.TAKEN, Fate.TAKEN_IN_DOUBT)
IN_DOUBT = (Fate.TAKEN_IN_DOUBT, Fate.LOST_IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that lies on a phone."""

    sid: str
    uuid: uuid.UUID
    to: str
    body: str
    at: datetime


@dataclass(kw_only=True)
class Phones:
    """Every text is shown to `witness` at the moment of the call, whatever becomes of it."""

    witness: Callable[[Outgoing, Fate], None]
    fates: list[Fate] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Answer:
        fate = self.fates.pop(0) if self.fates else Fate.TAKEN
        self.witness(outgoing, fate)
        sid = f"SM{len(self.texts):032x}"
        if fate in ARRIVES:
            self.texts.append(
                Text(sid=sid, uuid=outgoing.uuid, to=outgoing.to, body=outgoing.body, at=timezone.now())
            )
        if fate == Fate.TAKEN:
            return Sent(sid)
        if fate in IN_DOUBT:
            return Unclear("timeout")
        if fate == Fate.NOT_PROCESSED:
            return NotProcessed("too many requests")
        return Refused("21610" if fate == Fate.OPTED_OUT else "21211")

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        return [t.sid for t in self.texts if (t.to, t.body) == (to, body) and t.at >= since]
