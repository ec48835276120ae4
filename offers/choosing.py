"""Whom a round asks: everybody is decided about, and the document is frozen; the best get its places."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from core import prepared
from offers import bars, channels, policy
from offers.models import Cancellation, Offer
from offers.states import OfferStatus
from waitlist import matching, scoring
from waitlist.reasons import Reason

# Candidates who stand in for those that share a phone with somebody ahead of them.
SPARE = 50


class Decision(NamedTuple):
    """The frozen decision of a round, as far as the asking needs it: the best few, best first."""

    round_id: int
    number: int
    places: int
    best: list[int]
    parts: list[int]
    phones_busy: bool
    outside_hours: bool


def decide(slot: Cancellation, places: int | None, now: datetime) -> Decision:
    """Freeze the decision about everybody; one that asked nobody gives way to the next."""
    last = _last_round(slot)
    if last:
        if places is None:
            # A question that never left was never put: its entry may be asked after all. Not while others
            # are being asked, or who is turned away at the gate would come again and again.
            slot.offers.filter(status=OfferStatus.WITHDRAWN, hold_expires_at=None).delete()
        slot.rounds.filter(offers__isnull=True, shadow_offers__isnull=True).delete()
        last = _last_round(slot)
    sql, params = statement(slot, now)
    places = slot.clinic.round_size if places is None else places
    own: dict[str, Any] = {
        "number": last + 1,
        "places": places,
        "policy": policy.POLICY_VERSION,
        "few": places + SPARE,
        "busy": int(Reason.PHONE_BUSY),
        "outside": int(Reason.OUTSIDE_HOURS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE.replace("/*decision*/", sql), {**params, **own})
        return Decision(*cursor.fetchone())


def statement(slot: Cancellation, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for the decision about everybody at `now`, and its parameters: see waitlist.matching."""
    wanted = matching.Slot(
        clinic=slot.clinic,
        provider=slot.provider,
        visit_type=slot.visit_type,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        freed_by_patient_id=slot.appointment.patient_id if slot.appointment else None,
    )
    return matching.statement(slot=wanted, now=now, bars=bars.for_slot(slot=slot, now=now))


def _last_round(slot: Cancellation) -> int:
    with prepared.cursor() as cursor:
        cursor.execute(_LAST, [slot.pk])
        return int(cursor.fetchone()[0])


_LAST = "SELECT coalesce(max(number), 0) FROM offers_round WHERE cancellation_id = %s"


# The arrays stay in the database: carrying 100,000 verdicts here and back costs more than making them.
_FREEZE = """
    INSERT INTO offers_round (cancellation_id, number, started_at, places, policy_version,
        eligible_count, entry_ids, reasons, parts)
    SELECT %(cancellation)s, %(number)s, %(now)s, %(places)s, %(policy)s, d.* FROM (/*decision*/) d
    RETURNING id, number, places, entry_ids[1:least(eligible_count, %(few)s)],
        parts[1:least(eligible_count, %(few)s)], %(busy)s = ANY(reasons),
        %(outside)s = ANY(reasons)
"""


def best(slot: Cancellation, decision: Decision, now: datetime) -> list[Offer]:
    """The questions for the places of a decision, not stored yet, in the order in which they may be."""
    people = _people(decision.best)
    ranked = [policy.Candidate(pk, _whose(people[pk])) for pk in decision.best]
    chosen = {candidate.entry_id for candidate in policy.pick(ranked=ranked, size=decision.places)}
    reached = channels.open_to({people[pk].patient_id for pk in chosen})
    offers = [
        Offer(
            cancellation=slot,
            round_id=decision.round_id,
            entry_id=pk,
            patient_id=people[pk].patient_id,
            phone=people[pk].phone,
            channel=reached[people[pk].patient_id][0],
            rank=rank,
            score=scoring.unpack(parts).total,
            parts=parts,
            created_at=now,
        )
        for rank, (pk, parts) in enumerate(zip(decision.best, decision.parts, strict=True), start=1)
        # The same words decided a moment ago; who has said STOP since then is not asked.
        if pk in chosen and reached[people[pk].patient_id]
    ]
    # Sorted by entry: in order of priority two rounds deadlocked on the phones.
    return sorted(offers, key=lambda offer: offer.entry_id)


class _Person(NamedTuple):
    entry_id: int
    patient_id: int
    phone: str


def _people(entry_ids: list[int]) -> dict[int, _Person]:
    with prepared.cursor() as cursor:
        cursor.execute(_WHO, [entry_ids])
        return {person.entry_id: person for person in map(_Person._make, cursor.fetchall())}


_WHO = """
    SELECT entry.id, entry.patient_id, person.phone FROM waitlist_waitlistentry entry
    JOIN clinic_patient person ON person.id = entry.patient_id WHERE entry.id = ANY(%s)
"""


def _whose(person: _Person) -> str:
    """Of those who share a number one is asked; who has none shares it with nobody."""
    return person.phone or f"patient {person.patient_id}"
