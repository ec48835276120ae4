"""One slot's whole story: what happened, in order, and why each person was asked or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Patient
from core import phone
from offers import explaining, timing
from offers.models import Cancellation
from offers.states import UnfilledReason
from staff.cards import Named, SlotCard, full_name
from waitlist.models import WaitlistEntry

# A page of more rows than this helps nobody; the counts above it are of all.
MOST_DECISIONS = 500
MOST_CALLS = 20
_WORDS = {
    "slot.opened": gettext_lazy("Logged"),
    "slot.asked": gettext_lazy("Patients asked"),
    "slot.place_filled": gettext_lazy("Next in line asked, a place had come free"),
    "slot.asked_in_shadow": gettext_lazy("Would have asked, in shadow"),
    "slot.paused": gettext_lazy("Paused"),
    "slot.resumed": gettext_lazy("Resumed"),
    "slot.withdrawn": gettext_lazy("Withdrawn"),
    "slot.filled": gettext_lazy("Filled"),
    "slot.unfilled": gettext_lazy("Unfilled"),
    "slot.hurried": gettext_lazy("Next round brought forward"),
    "slot.extended": gettext_lazy("More time given to answer"),
    "slot.call_begun": gettext_lazy("Calls a patient"),
    "slot.call_ended": gettext_lazy("Call ended"),
    "slot.reopened": gettext_lazy("Opened again"),
    "text.offer": gettext_lazy("Offer texted"),
    "text.confirmation": gettext_lazy("Confirmation texted"),
    "text.taken": gettext_lazy("Told that it is taken"),
    "text.expired": gettext_lazy("Told that it is no longer open"),
    "text.clarification": gettext_lazy("Asked to answer YES or NO"),
    "text.optout_notice": gettext_lazy("Told that texts have stopped"),
    "text.help": gettext_lazy("Help"),
    "text.reply": gettext_lazy("Answered"),
    "text.received": gettext_lazy("Answer came in"),
}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline; `at` is the clinic's own time."""

    at: datetime
    zone: str
    what: str
    who: str
    detail: str


def timeline(card: SlotCard) -> list[Moment]:
    """What was done and said, oldest first. Phones are named by their patients."""
    slot = card.slot
    names = {row.asked.phone: row.name for row in card.offers}
    names |= {row.asked.email: row.name for row in card.offers}
    moments = []
    for event in explaining.timeline(cancellation=slot):
        at = event.at.astimezone(slot.clinic.zone)
        unknown = phone.mask(event.who) if event.who.startswith("+") else event.who
        who = names.get(event.who, unknown) if event.who else ""
        what = str(_WORDS.get(event.what, event.what))
        detail = event.detail.replace("_", " ")
        moments.append(Moment(at=at, zone=at.tzname() or "", what=what, who=who, detail=detail))
    return moments


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """Why one patient was asked or not."""

    patient: str
    decision: explaining.Decision


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """How many for each reason, and the first by name."""

    counts: list[tuple[str, int]]
    rows: list[DecisionRow]
    left_out: int


def decisions(slot: Cancellation, *, named: Named = full_name) -> Decisions:
    """Everybody who was considered, those who might be asked first; names in one query."""
    made = explaining.decisions(cancellation=slot)
    shown = made[:MOST_DECISIONS]
    entries = WaitlistEntry.objects.select_related("patient").in_bulk([d.entry_id for d in shown])
    rows = [DecisionRow(patient=_name(entries.get(d.entry_id), named), decision=d) for d in shown]
    counts = Counter(decision.reason.sentence for decision in made)
    return Decisions(counts=counts.most_common(), rows=rows, left_out=len(made) - len(shown))


@dataclass(frozen=True, kw_only=True)
class Call:
    """Somebody who can only be called; `clock` is what the clock shows where the patient is."""

    pk: int
    patient: str
    phone: str
    score: int | None
    clock: list[str]


def to_call(slot: Cancellation, now: datetime) -> list[Call]:
    """Whom staff may call for a slot that nobody may be texted about in time, the first to call first."""
    if slot.unfilled_reason != UnfilledReason.CALL:
        return []
    found = explaining.to_call(cancellation=slot)[:MOST_CALLS]
    entries = WaitlistEntry.objects.select_related("patient").in_bulk([d.entry_id for d in found])
    return [_call(entries[d.entry_id].patient, d.score, slot, now) for d in found if d.entry_id in entries]


def _call(patient: Patient, score: int | None, slot: Cancellation, now: datetime) -> Call:
    zones = timing.zones_of(contact_zones=patient.contact_zones, clinic=slot.clinic)
    clock = sorted({f"{now.astimezone(zone):%H:%M %Z}" for zone in zones})
    return Call(pk=patient.pk, patient=str(patient), phone=patient.phone, score=score, clock=clock)


def _name(entry: WaitlistEntry | None, named: Named) -> str:
    return (
        named(entry.patient.first_name, entry.patient.last_name) if entry else _("an entry that was deleted")
    )
