"""Who would be asked about a slot that nobody has logged yet, in which words, and when. Stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from clinic.models import Appointment, Clinic
from core.channels import Channel
from messaging import segments
from offers import channels, choosing, opening, policy, slots, texts, timing
from offers.models import Cancellation
from waitlist import scoring
from waitlist.models import WaitlistEntry
from waitlist.reasons import Reason
from waitlist.scoring import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody of the first round."""

    rank: int
    entry: WaitlistEntry
    parts: Parts
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The text as those who read this language would get it, by this channel."""

    language: str
    channel: Channel
    text: texts.Text
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """The first round as it would be at `at` (UTC), or the first moment `opens_at` at which anybody is awake.

    `asked` is empty where nobody may be asked then. `not_asked` counts the others by the first rule that
    said no. `visit` would be cancelled with the slot.
    """

    at: datetime
    opens_at: datetime | None
    eligible: int
    asked: list[Asked]
    words: list[Words]
    not_asked: dict[Reason, int]
    visit: Appointment | None
    is_too_late: bool


def foresee(*, slot: opening.NewSlot, now: datetime) -> Foresight:
    """The round at the end of the grace, if nothing changed until then. Raises BadSlot, as logging does."""
    visit = opening.look_at(slot=slot, now=now)
    names = ("clinic_id", "provider_id", "visit_type_id", "starts_at", "ends_at")
    wanted = Cancellation(**{name: getattr(slot, name) for name in names}, appointment=visit)
    clinic = wanted.clinic
    at = now + clinic.grace
    eligible, ids, packed, counts = _decide(wanted, at)
    last = slots.last_useful_at(wanted)
    in_time = policy.is_worth_asking(now=at, hold=clinic.hold, last_useful_at=last)
    asked = _first_round(clinic, ids, packed) if in_time else []
    not_asked = {Reason(int(reason)): count for reason, count in (counts or {}).items()}
    waits = not asked and Reason.OUTSIDE_HOURS in not_asked
    return Foresight(
        at=at,
        opens_at=timing.soonest(clinic=clinic, now=at) if waits else None,
        eligible=eligible,
        asked=asked,
        words=_words(wanted, asked, at),
        not_asked=not_asked,
        visit=visit,
        is_too_late=not in_time,
    )


def _decide(slot: Cancellation, at: datetime) -> Any:
    sql, params = choosing.statement(slot, at)
    with connection.cursor() as cursor:
        few = slot.clinic.round_size + choosing.SPARE
        cursor.execute(_FEW.replace("/*decision*/", sql), {**params, "few": few})
        return cursor.fetchone()


# A list of 100,000 stays in the database: what is shown of it is the first few and the counts.
_FEW = """
    SELECT total, ids[1:least(total, %(few)s)], parts[1:least(total, %(few)s)], (
        SELECT json_object_agg(reason, number) FROM (
            SELECT reason, count(*) AS number FROM unnest(reasons) reason WHERE reason <> 0 GROUP BY reason
        ) counted
    )
    FROM (/*decision*/) decided (total, ids, reasons, parts)
"""


def _first_round(clinic: Clinic, ids: Sequence[int], packed: Sequence[int]) -> list[Asked]:
    entries = WaitlistEntry.objects.select_related("patient").in_bulk(ids)
    phones = {pk: entries[pk].patient.phone or f"patient {entries[pk].patient_id}" for pk in ids}
    ranked = [policy.Candidate(pk, phones[pk]) for pk in ids]
    chosen = {each.entry_id for each in policy.pick(ranked=ranked, size=clinic.round_size)}
    reached = channels.open_to({entries[pk].patient_id for pk in chosen})
    return [
        Asked(rank=rank, entry=entries[pk], parts=scoring.unpack(parts), channel=open_channels[0])
        for rank, (pk, parts) in enumerate(zip(ids, packed, strict=True), start=1)
        if pk in chosen and (open_channels := reached[entries[pk].patient_id])
    ]


def _words(slot: Cancellation, asked: Sequence[Asked], at: datetime) -> list[Words]:
    until = policy.hold_ends_at(now=at, hold=slot.clinic.hold, last_useful_at=slots.last_useful_at(slot))
    kinds = sorted({(each.entry.patient.language, each.channel) for each in asked})
    return [_in_words(slot, language, channel, until) for language, channel in kinds]


def _in_words(slot: Cancellation, language: str, channel: Channel, until: datetime) -> Words:
    name = "call_offer" if channel == Channel.VOICE else "offer"
    text = texts.compose(name, language=language, clinic=slot.clinic, slot=slot, until=until, channel=channel)
    count = segments.count(text.body).segments if channel == Channel.SMS else 0
    return Words(language=language, channel=channel, text=text, segments=count)
