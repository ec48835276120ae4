"""Why somebody was asked or not, and what happened to a slot, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.channels import Channel
from core.models import AuditEvent
from messaging.models import Direction, Message
from offers.models import Cancellation
from waitlist import scoring
from waitlist.reasons import Reason
from waitlist.scoring import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one entry. `rank`, `score` and `parts` are None where no score was made."""

    round: int
    entry_id: int
    eligible: bool
    rank: int | None
    score: int | None
    parts: Parts | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a slot; `at` is UTC, `why` a code or the words of staff.

    `channel` is that of a message that was no text, and `data` ids and counts.
    """

    at: datetime
    what: str
    who: str
    why: str = ""
    channel: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def decisions(*, cancellation: Cancellation) -> list[Decision]:
    """The last verdict on every entry considered; one that was asked keeps the verdict it was asked on."""
    asked = dict(cancellation.offers.values_list("entry_id", "round__number"))
    latest: dict[int, Decision] = {}
    for round_ in cancellation.rounds.order_by("number"):
        for decision in _of_round(round_.number, round_.entry_ids, round_.reasons, round_.parts):
            if asked.get(decision.entry_id, round_.number) >= round_.number:
                latest[decision.entry_id] = decision
    return sorted(latest.values(), key=lambda d: (not d.eligible, d.round, d.rank or 0, d.entry_id))


def to_call(*, cancellation: Cancellation) -> list[Decision]:
    """Those whom only contact hours kept from being asked in the last round, the highest score first."""
    last = cancellation.rounds.order_by("-number").first()
    if last is None:
        return []
    made = _of_round(last.number, last.entry_ids, last.reasons, last.parts)
    barred = [decision for decision in made if decision.reason == Reason.OUTSIDE_HOURS]
    return sorted(barred, key=lambda decision: (-(decision.score or 0), decision.entry_id))


def fitting(*, cancellation: Cancellation) -> list[Decision]:
    """Those who may have the slot by the last verdict, contact hours aside, the highest score first."""
    made = decisions(cancellation=cancellation)
    fits = [each for each in made if each.eligible or each.reason == Reason.OUTSIDE_HOURS]
    return sorted(fits, key=lambda decision: (-(decision.score or 0), decision.entry_id))


def _of_round(number: int, entry_ids: list[int], reasons: list[int], parts: list[int]) -> list[Decision]:
    rows = []
    for place, (entry_id, reason, packed) in enumerate(zip(entry_ids, reasons, parts, strict=True), start=1):
        eligible = reason == Reason.ELIGIBLE
        scored = scoring.unpack(packed) if eligible or packed else None
        rows.append(
            Decision(
                round=number,
                entry_id=entry_id,
                eligible=eligible,
                rank=place if eligible else None,
                score=scored.total if scored else None,
                parts=scored,
                reason=Reason(reason),
            )
        )
    return rows


def timeline(*, cancellation: Cancellation) -> list[Event]:
    """What was done to the slot and what was said about it, oldest first."""
    events = [
        Event(at=row.at, what=row.verb, who=row.actor, why=row.reason, data=row.data)
        for row in AuditEvent.objects.filter(
            object_type=cancellation._meta.label_lower, object_id=str(cancellation.pk)
        ).order_by("pk")
    ]
    said = Message.objects.filter(related__contains={"cancellation": cancellation.pk})
    for message in said.order_by("pk"):
        at = message.sent_at or message.received_at or message.created_at
        what, who, why = f"text.{message.kind}", message.to, message.status
        if message.direction == Direction.INBOUND:
            what, who, why = "text.received", message.from_number, message.outcome
        channel = "" if message.channel == Channel.SMS else str(message.get_channel_display())
        events.append(Event(at=at, what=what, who=who, why=why, channel=channel, data=message.related))
    return sorted(events, key=lambda event: event.at)
