"""What must be true, in the patients' terms and without the code's: who has which slot, who said STOP.

Where patients could tell no difference the model allows either outcome and takes over what it sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    FREE = "free"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"


LEAD_TIME = timedelta(minutes=60)
IN_LINE = ("waiting", "paused")


@dataclass(kw_only=True)
class Slot:
    """`holder` is the patient who is booked; a filled slot has none from the cancelling to the reopening."""

    provider: int
    starts_at: datetime
    ends_at: datetime
    state: State = State.FREE
    paused: bool = False
    holder: int | None = None
    entry: int | None = None
    dropped: bool = False
    eager: list[int] = field(default_factory=list)

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(kw_only=True)
class Entry:
    patient: int
    state: str = "waiting"
    old_visit: Slot | None = None


@dataclass(kw_only=True)
class Question:
    """`certain`: it is on the phone. `stands`: nothing happened since that takes it back."""

    slot: int
    entry: int
    at: datetime
    certain: bool
    stands: bool = True
    said_no: bool = False
    failed: bool = False


@dataclass(kw_only=True)
class Model:
    phones: dict[int, str] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    questions: dict[int, list[Question]] = field(default_factory=dict)
    opted_out: dict[str, datetime] = field(default_factory=dict)
    freed: list[Slot] = field(default_factory=list)

    def reads(self, *, phone: str, means: str, received_at: datetime) -> None:
        """An opt-out counts from the moment its text was received; once is enough."""
        if means == "stop":
            self.opted_out.setdefault(phone, received_at)
        elif means == "start":
            self.opted_out.pop(phone, None)

    def silent(self, *, patient: int, received_at: datetime) -> bool:
        """Whether a text of then came after its sender's STOP."""
        since = self.opted_out.get(self.phones[patient])
        return since is not None and since < received_at

    def stops(self, *, patient: int) -> None:
        """A STOP was answered: nobody asks, and nobody stands by."""
        self.takes_back(patient=patient)
        for slot in self.slots.values():
            if patient in slot.eager:
                slot.eager.remove(patient)

    def takes_back(self, *, patient: int, entry: int | None = None, slot: int | None = None) -> None:
        for question in self.questions[patient]:
            if (entry is None or question.entry == entry) and (slot is None or question.slot == slot):
                question.stands = False

    def may_win(self, *, patient: int, now: datetime) -> set[int]:
        """The slots that a YES may stand for: those of the questions that may be the last on the phone."""
        last: list[Question] = []
        for question in reversed(self.questions[patient]):
            last.append(question)
            if question.certain:
                break
        return {question.slot for question in last if self.can_have(question, patient, now)}

    def must_win(self, *, patient: int, now: datetime) -> int | None:
        """The slot that a YES surely wins: its question is the last one, and nothing speaks against it."""
        last = self.questions[patient][-1] if self.questions[patient] else None
        sure = last is not None and last.certain and last.stands and self.can_have(last, patient, now)
        return last.slot if last is not None and sure and not self.given_away(last.slot) else None

    def can_have(self, question: Question, patient: int, now: datetime) -> bool:
        slot = self.slots[question.slot]
        free = slot.state == State.FREE and now < slot.starts_at
        return free and self.entries[question.entry].state in IN_LINE and not self.busy(patient, slot)

    def busy(self, patient: int, slot: Slot) -> bool:
        return any(other.holder == patient and other.overlaps(slot) for other in self.slots.values())

    def can_log(self, slot: Slot) -> bool:
        """Whether the time is free to be offered: a visit that fills a slot is not."""
        others = [other for other in self.slots.values() if other.holder]
        return not any(other.provider == slot.provider and other.overlaps(slot) for other in others)

    def entry_in_line(self, patient: int) -> int | None:
        mine = sorted(pk for pk, entry in self.entries.items() if entry.patient == patient)
        return next((pk for pk in mine if self.entries[pk].state in IN_LINE), None)

    def given_away(self, slot_id: int) -> bool:
        """Whether the provider is with somebody else then."""
        slot = self.slots[slot_id]
        others = [other for key, other in self.slots.items() if key != slot_id and other.holder]
        return any(other.provider == slot.provider and other.overlaps(slot) for other in others)

    def says_yes(self, *, patient: int, received_at: datetime, now: datetime, won: set[int]) -> None:
        """A YES was answered, and its sender has won these slots with it."""
        silent = self.silent(patient=patient, received_at=received_at)
        may = set() if silent else self.may_win(patient=patient, now=now)
        must = None if silent else self.must_win(patient=patient, now=now)
        assert won <= may, f"patient {patient} won {won} by a YES that may win {may}"
        assert must is None or won == {must}, f"patient {patient} said YES to {must} and did not win it"
        if won:
            slot_id = won.pop()
            entry = next(q.entry for q in reversed(self.questions[patient]) if q.slot == slot_id)
            self.wins(slot_id=slot_id, patient=patient, entry=entry)
        elif not silent and self.questions[patient]:
            slot = self.slots[self.questions[patient][-1].slot]
            if slot.state == State.FILLED and patient not in slot.eager:
                slot.eager.append(patient)

    def says_no(self, *, patient: int) -> None:
        if not self.questions[patient]:
            return
        question = self.questions[patient][-1]
        question.said_no = True
        slot = self.slots[question.slot]
        if patient in slot.eager:
            slot.eager.remove(patient)
            question.stands = False

    def wins(self, *, slot_id: int, patient: int, entry: int | None) -> None:
        slot = self.slots[slot_id]
        slot.state, slot.holder, slot.entry = State.FILLED, patient, entry
        slot.paused = slot.dropped = False
        if patient in slot.eager:
            slot.eager.remove(patient)
        if entry is None:
            return
        self.entries[entry].state = "matched"
        for question in self.questions[patient]:
            question.stands = question.stands and question.slot == slot_id
        old = self.entries[entry].old_visit
        if old is not None and old.holder and old.starts_at > slot.starts_at:
            self.freed.append(old)
            old.holder = None

    def opens_again(self, *, slot_id: int, now: datetime, holder: int | None) -> None:
        """The winner has dropped out; `holder` is who has the slot now: one of the eager, or nobody."""
        slot = self.slots[slot_id]
        slot.state, slot.holder, slot.dropped, gone = State.FREE, None, False, slot.entry
        if gone is not None:
            self.takes_back(patient=self.entries[gone].patient, slot=slot_id)
            self.waits_again(gone)
        told = holder is None or (holder in slot.eager and self.phones[holder] not in self.opted_out)
        assert told, f"slot {slot_id} went to patient {holder}, unasked or untold"
        sure = [patient for patient in slot.eager if self.stands_by(patient, slot_id, now)]
        assert holder or not sure, f"slot {slot_id} was not given to those standing by: {sure}"
        if holder is not None:
            entry = next(q.entry for q in self.questions[holder] if q.slot == slot_id)
            for patient in slot.eager[: slot.eager.index(holder)]:
                self.takes_back(patient=patient, slot=slot_id)
            self.wins(slot_id=slot_id, patient=holder, entry=entry)
            return
        for patient in slot.eager:
            self.takes_back(patient=patient, slot=slot_id)
        slot.eager.clear()

    def stands_by(self, patient: int, slot_id: int, now: datetime) -> bool:
        asked = [q for q in self.questions[patient] if q.slot == slot_id]
        sure = bool(asked) and asked[0].stands and not asked[0].said_no and not asked[0].failed
        sure = sure and self.phones[patient] not in self.opted_out
        return sure and not self.given_away(slot_id) and self.can_have(asked[0], patient, now)

    def waits_again(self, entry_id: int) -> None:
        entry = self.entries[entry_id]
        twins = [e for e in self.entries.values() if e.patient == entry.patient and e.state in IN_LINE]
        if entry.state == "matched" and not twins:
            entry.state = "waiting"

    def withdraws(self, slot_id: int) -> None:
        self.slots[slot_id].state, self.slots[slot_id].paused = State.WITHDRAWN, False

    def asked_since(self, patient: int, since: datetime) -> int:
        return sum(question.at > since for question in self.questions[patient])

    def too_late(self, slot_id: int, *, now: datetime) -> bool:
        """Whether the last minute has passed in which anybody could be asked, paused or not."""
        return now >= self.slots[slot_id].starts_at - LEAD_TIME

    def may_ask(self, *, patient: int, slot_id: int, entry_id: int, now: datetime) -> str:
        """Why this question must not leave now; "" where nothing speaks against it."""
        slot = self.slots[slot_id]
        asked = {(question.slot, question.entry) for question in self.questions[patient]}
        reasons = {
            "the slot is gone": slot.state != State.FREE or slot.paused,
            "it is too late": self.too_late(slot_id, now=now),
            "not in line": self.entries[entry_id].state != "waiting",
            "asked about this slot before": (slot_id, entry_id) in asked,
            "asked three times today": self.asked_since(patient, now - timedelta(days=1)) >= 3,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")
