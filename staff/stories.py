"""One slot's whole story: what happened, in order, and why each person was asked or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Patient
from core import phone
from core.translating import translated
from messaging.models import Message
from offers import explaining, timing
from offers.models import Cancellation, StaffCall
from offers.states import UnfilledReason
from staff import deeds, lobby
from staff.cards import Named, SlotCard, full_name
from waitlist.models import WaitlistEntry

# A page of more rows than this helps nobody; the counts above it are of all.
MOST_DECISIONS = 500
MOST_CALLS = 20


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline; `at` is the clinic's own time."""

    at: datetime
    zone: str
    what: str
    who: str
    detail: str


def timeline(card: SlotCard, *, named: Named = full_name) -> list[Moment]:
    """What was done and said, oldest first. Phones are named by their patients."""
    zone, events = card.slot.clinic.zone, explaining.timeline(cancellation=card.slot)
    patients = Patient.objects.in_bulk(
        {event.data["patient"] for event in events if event.data.get("patient")}
    )
    names = {pk: named(patient.first_name, patient.last_name) for pk, patient in patients.items()}
    moments = []
    for event in events:
        at, name = event.at.astimezone(zone), names.get(event.data.get("patient"), "")
        is_text = event.what.startswith("text.")
        who = (name or phone.mask(event.who)) if is_text else deeds.actor(event.who)
        about = "" if is_text else name
        details = [about, _asked(event), deeds.reason(event.why), event.channel]
        detail = ", ".join(each for each in details if each)
        what = deeds.verb(event.what)
        moments.append(Moment(at=at, zone=at.tzname() or "", what=what, who=who, detail=detail))
    return moments


def _asked(event: explaining.Event) -> str:
    """Which round a line begins, and with how many."""
    if "round" not in event.data:
        return ""
    count, number = event.data["asked"], event.data["round"]
    words = ngettext("round %(number)s: %(count)s patient", "round %(number)s: %(count)s patients", count)
    return words % {"number": number, "count": count}


def version(slot: Cancellation) -> str:
    """Changes whenever anything on the slot's page does."""
    about = Message.objects.filter(related__contains={"cancellation": slot.pk})
    calls = StaffCall.objects.filter(cancellation=slot)
    stamps = [slot.changed_at, *(rows.aggregate(at=Max("changed_at"))["at"] for rows in (about, calls))]
    return "-".join(f"{at.timestamp():.6f}" if at else "0" for at in stamps)


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """Why one patient was asked or not."""

    patient: str
    decision: explaining.Decision
    why: str


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
    rows = [
        DecisionRow(
            patient=_name(entries.get(d.entry_id), named), decision=d, why=translated(d.reason.sentence)
        )
        for d in shown
    ]
    counts = Counter(translated(decision.reason.sentence) for decision in made)
    return Decisions(counts=counts.most_common(), rows=rows, left_out=len(made) - len(shown))


@dataclass(frozen=True, kw_only=True)
class Call:
    """Somebody who can only be called; `clock` is what the clock shows where the patient is."""

    pk: int
    patient: str
    way: lobby.Way
    score: int | None
    clock: list[str]


def to_call(slot: Cancellation, now: datetime, *, is_lobby: bool = False) -> list[Call]:
    """Whom staff may call for a slot that nobody may be texted about in time, the first to call first."""
    if slot.unfilled_reason != UnfilledReason.CALL:
        return []
    found = explaining.to_call(cancellation=slot)[:MOST_CALLS]
    entries = WaitlistEntry.objects.select_related("patient").in_bulk([d.entry_id for d in found])
    known = [(entries[d.entry_id].patient, d.score) for d in found if d.entry_id in entries]
    return [
        Call(
            pk=patient.pk,
            patient=lobby.named(is_lobby=is_lobby)(patient.first_name, patient.last_name),
            way=lobby.way(patient.phone, is_lobby=is_lobby),
            score=score,
            clock=_clocks(patient, slot, now),
        )
        for patient, score in known
    ]


def _clocks(patient: Patient, slot: Cancellation, now: datetime) -> list[str]:
    zones = timing.zones_of(contact_zones=patient.contact_zones, clinic=slot.clinic)
    return sorted({f"{now.astimezone(zone):%H:%M %Z}" for zone in zones})


def _name(entry: WaitlistEntry | None, named: Named) -> str:
    return (
        named(entry.patient.first_name, entry.patient.last_name) if entry else _("an entry that was deleted")
    )
