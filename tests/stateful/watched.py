"""A clinic in motion, seen from outside: a provider in memory, the sweeps, and the model that watches."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from datetime import datetime, time, timedelta
from unittest import mock

import time_machine
from celery.app.task import Task
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from clinic.models import Appointment
from messaging import gateways, inbox, reconciling
from messaging import sweeping as outgoing
from messaging.gateways import Outgoing
from messaging.models import Direction, Message, Suppression
from messaging.states import MessageStatus
from offers import replies, sweeping
from offers.models import Cancellation, Offer
from ops import invariants
from tests import factories
from tests.conftest import MONDAY_MORNING
from tests.messaging import posting
from tests.stateful import places
from tests.stateful.model import Entry, Model, Question, Slot, State
from tests.stateful.provider import ARRIVES, Fate, Phones
from tests.stateful.swallowed import Swallowed
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN
from waitlist.models import WaitlistEntry

STATES = {"filled": State.FILLED, "withdrawn": State.WITHDRAWN}
NEVER_THERE = (Fate.NOT_PROCESSED, Fate.REFUSED, Fate.OPTED_OUT)
NO_REPLY_NEEDED = ("stop", "opted_out", "wrong_number", "taken", "told_already", "said_again")
OWED = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.RECEIVED)
OPENS, CLOSES = time(8), time(20)
SETTINGS = {
    "USE_MOCK_TWILIO": False,
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKENS": [AUTH_TOKEN],
    "TWILIO_PHONE_NUMBER": posting.CLINIC_NUMBER,
}
MEANINGS = {
    "YES": "yes",
    "NO": "no",
    "STOP": "stop",
    "please stop texting me": "stop",
    "START": "start",
    "maybe later?": "unclear",
}


@contextmanager
def undone() -> Iterator[None]:
    """Everything written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def broken_now() -> list[str]:
    """The names of the invariants that do not hold, all in one query: this is asked after every step."""
    # What is overdue is so only because the clock has jumped: that is looked at in the end.
    named = [item for item in invariants.QUERIES.items() if "overdue" not in item[0]]
    union = " UNION ALL ".join(
        f"SELECT '{name.replace(chr(39), chr(39) * 2)}' WHERE EXISTS ({query})" for name, query in named
    )
    with connection.cursor() as cursor:
        cursor.execute(union, invariants.values(timezone.now()))
        return [row[0] for row in cursor.fetchall()]


class Watched:
    """One clinic with two providers and some people who wait. After every step `agrees` must hold."""

    def __init__(self, *, people: int = 3, batch: int = 2) -> None:
        self.closing = ExitStack()
        self.clock = self.closing.enter_context(time_machine.travel(MONDAY_MORNING, tick=False))
        self.phones = Phones(witness=self.sees_text)
        self.swallowed = Swallowed()
        self.closing.callback(logging.getLogger().removeHandler, self.swallowed)
        logging.getLogger().addHandler(self.swallowed)
        self.closing.enter_context(mock.patch.object(gateways, "current", return_value=self.phones))
        self.closing.enter_context(mock.patch.object(Task, "apply_async"))
        self.closing.enter_context(override_settings(**SETTINGS))
        self.client = Client()
        self.failed = False
        self.model = Model()
        self.unread: list[tuple[int, str, datetime]] = []
        self.purposes: Counter[str] = Counter()
        self._furnish(people, batch)

    def _furnish(self, people: int, batch: int) -> None:
        hours = {"contact_hours_start": OPENS, "contact_hours_end": CLOSES}
        # Reminders have tests of their own, and no part in who wins.
        rules = {"batch_size": batch, "cool_down_minutes": 10, "reminder_minutes": []}
        self.clinic = factories.ClinicFactory.create(**rules, **hours)
        self.visit_type = factories.VisitTypeFactory.create()
        self.providers = [factories.ProviderFactory.create(clinics=[self.clinic]) for _ in range(2)]
        self.patients = [factories.PatientFactory.create() for _ in range(people)]
        for patient in self.patients:
            self.model.phones[patient.pk] = patient.phone
            self.model.questions[patient.pk] = []
            entry = factories.WaitlistEntryFactory.create(
                clinic=self.clinic, visit_type=self.visit_type, patient=patient
            )
            self.model.entries[entry.pk] = Entry(patient=patient.pk)

    @contextmanager
    def step(self) -> Iterator[None]:
        """One thing that happens, and what must be true then."""
        self.failed = True
        yield
        self.clock.shift(1)
        self.agrees()
        self.failed = False

    @contextmanager
    def tried(self) -> Iterator[None]:
        """What happens inside has not happened afterwards."""
        kept = deepcopy((self.model, self.phones.texts, self.unread, self.purposes))
        at = timezone.now()
        with undone():
            yield
        self.model, self.phones.texts, self.unread, self.purposes = kept
        self.clock.move_to(at)

    def waits(self, seconds: float) -> None:
        self.clock.shift(seconds)
        self.sweep()

    def says(self, patient: int, words: str, *, times: int = 1) -> None:
        """A text comes in, perhaps more than once."""
        self.clock.shift(1)
        sid = posting.new_sid()
        for _ in range(times):
            answer = posting.text(self.client, sender=self.model.phones[patient], body=words, sid=sid)
            assert answer.status_code == 200
        self.unread.append((patient, words, timezone.now()))

    def reports(self, number: int, word: str) -> None:
        """The provider says what became of a text."""
        text = self.phones.texts[number]
        posting.report(self.client, sid=text.sid, word=word, ours=text.uuid)
        message = Message.objects.get(uuid=text.uuid)
        if message.kind == "offer" and word in ("failed", "undelivered"):
            for question in self._questions_of(message):
                question.failed = True

    def _questions_of(self, message: Message) -> list[Question]:
        asked = self.model.questions[message.related["patient"]]
        return [question for question in asked if question.slot == message.related["cancellation"]]

    def sees_text(self, outgoing: Outgoing, fate: Fate) -> None:
        """A text is handed over: may it be, and has its purpose been served before?"""
        message = Message.objects.get(uuid=outgoing.uuid)
        now, silent = timezone.now(), outgoing.to in self.model.opted_out
        if silent:
            assert message.kind == "optout_notice", f"{message.kind} to somebody who said STOP"
        purpose = (message.logical_key or "").removesuffix("#2")
        assert not self.purposes[purpose], f"{purpose} was said before"
        self.purposes[purpose] += fate in ARRIVES
        if message.kind == "offer":
            self._sees_question(message, fate, now)
        if fate == Fate.OPTED_OUT:
            self.model.opted_out.setdefault(outgoing.to, now)

    def _sees_question(self, message: Message, fate: Fate, now: datetime) -> None:
        offer = Offer.objects.get(pk=message.related["offer"])
        about = {"patient": offer.patient_id, "slot_id": offer.cancellation_id}
        objection = self.model.may_ask(**about, entry_id=offer.entry_id, now=now)
        assert objection == "", objection
        assert OPENS <= now.astimezone(self.clinic.zone).time() < CLOSES
        if fate not in NEVER_THERE:
            self.model.questions[offer.patient_id].append(
                Question(slot=offer.cancellation_id, entry=offer.entry_id, at=now, certain=fate == Fate.TAKEN)
            )

    def read_texts(self) -> None:
        inbox.sweep(now=timezone.now())
        for patient, words, at in self.unread:
            self.model.reads(phone=self.model.phones[patient], means=MEANINGS[words], received_at=at)
        self.unread.clear()

    def answer_texts(self) -> None:
        """One after the other, so that the model sees what each of them brings about."""
        waiting = Message.objects.filter(direction=Direction.INBOUND, status=MessageStatus.RECEIVED)
        for message in waiting.order_by("pk"):
            replies.answer(message_id=message.pk, now=timezone.now())
            self._was_answered(message)

    def _was_answered(self, message: Message) -> None:
        patient = next(pk for pk, phone in self.model.phones.items() if phone == message.from_number)
        received_at = message.received_at or message.created_at
        means = MEANINGS[message.body]
        silent = self.model.silent(patient=patient, received_at=received_at)
        if means == "stop":
            self.model.stops(patient=patient)
        elif means == "no" and not silent:
            self.model.says_no(patient=patient)
        elif means == "yes":
            before = {pk for pk, slot in self.model.slots.items() if slot.holder == patient}
            now = {pk for pk, holder in self.holders().items() if holder == patient}
            times = {"received_at": received_at, "now": timezone.now()}
            self.model.says_yes(patient=patient, won=now - before, **times)

    def sweep_slots(self) -> None:
        """What the slots' clock brings about; a dropped winner's slot is had again."""
        conflicts = {pk for pk, slot in self.model.slots.items() if self.offered_then(slot, pk)}
        now = timezone.now()
        before = places.Before.look(now)
        sweeping.sweep_slots(now=now)
        status, holders = self.statuses(), self.holders()
        for pk, slot in self.model.slots.items():
            if slot.state == State.FILLED and slot.dropped:
                if status[pk] != "filled" or holders.get(pk):
                    self.model.opens_again(slot_id=pk, now=timezone.now(), holder=holders.get(pk))
                else:
                    # The slot that was in the way may have ended in this very sweep.
                    conflict = self.model.given_away(pk) or pk in conflicts or self.offered_then(slot, pk)
                    assert conflict or timezone.now() >= slot.starts_at, f"slot {pk} was forgotten"
        assert places.empty(self.model, before, now=now) == []

    def offered_then(self, slot: Slot, but: int = 0) -> bool:
        """Whether another slot is being offered at that very time."""
        rows = Cancellation.objects.filter(provider_id=slot.provider, starts_at=slot.starts_at)
        return rows.filter(status__in=("open", "offering", "paused")).exclude(pk=but).exists()

    def send_texts(self) -> None:
        outgoing.sweep_outbox(clock=timezone.now)
        reconciling.sweep(now=timezone.now())

    def sweep(self) -> None:
        """Everything that beat would do, once."""
        for work in (self.read_texts, self.answer_texts, self.sweep_slots, self.send_texts):
            work()
        self.agrees()

    def statuses(self) -> dict[int, str]:
        return dict(Cancellation.objects.order_by("pk").values_list("pk", "status"))

    def holders(self) -> dict[int, int]:
        booked = Appointment.objects.active().filter(fills_slot__isnull=False).order_by("pk")
        return {slot: patient for slot, patient in booked.values_list("fills_slot", "patient_id") if slot}

    def agrees(self) -> None:
        """The model and the database say the same, and no invariant is broken."""
        model, statuses = self.model, self.statuses()
        self._expects_freed(set(statuses) - set(model.slots))
        for pk, slot in model.slots.items():
            seen = STATES.get(statuses[pk], State.FREE)
            if seen == State.WITHDRAWN and slot.state == State.FREE and model.given_away(pk):
                model.withdraws(pk)
            assert seen == slot.state, f"slot {pk} is {statuses[pk]} and should be {slot.state}"
            if statuses[pk] == "unfilled" and model.too_late(pk, now=timezone.now()):
                slot.paused = False
            assert (statuses[pk] == "paused") == slot.paused, f"slot {pk} is {statuses[pk]}"
        held = {pk: slot.holder for pk, slot in model.slots.items() if slot.holder}
        assert self.holders() == held, (self.holders(), held)
        entries = dict(WaitlistEntry.objects.order_by("pk").values_list("pk", "status"))
        assert entries == {pk: entry.state for pk, entry in model.entries.items()}, entries
        opted_out = Suppression.objects.filter(lifted_at=None).order_by("phone")
        assert set(opted_out.values_list("phone", flat=True)) == set(model.opted_out)
        assert places.too_many(self.clinic.round_size) == []
        broken = broken_now()
        assert broken == [], broken
        assert self.swallowed.errors == [], self.swallowed.errors

    def _expects_freed(self, opened: set[int]) -> None:
        for pk in sorted(opened):
            row = Cancellation.objects.get(pk=pk)
            slot = next(slot for slot in self.model.freed if slot.starts_at == row.starts_at)
            self.model.freed.remove(slot)
            self.model.slots[pk] = slot
        assert self.model.freed == [], "an old visit was not offered"

    def let_time_run_out(self) -> None:
        """Beat goes on until long after the last slot: everything has come to its end."""
        ends = sorted({slot.starts_at for slot in self.model.slots.values()})
        soon = [timezone.now() + timedelta(minutes=10 * n) for n in range(1, 4)]
        beyond = [max([timezone.now(), *ends]) + timedelta(hours=hours) for hours in (1, 16, 17)]
        for moment in sorted(at for at in [*soon, *ends, *beyond] if at >= timezone.now()):
            self.clock.move_to(moment)
            self.sweep()
            self.sweep()
        self.has_ended()

    def has_ended(self) -> None:
        assert dict(invariants.violations(now=timezone.now())) == {}
        assert set(self.statuses().values()) <= {"filled", "unfilled", "withdrawn"}, self.statuses()
        assert not Offer.objects.filter(status="pending").exists()
        assert not Message.objects.filter(status__in=OWED).exists()
        unanswered = Message.objects.filter(direction=Direction.INBOUND, replies=None)
        assert not unanswered.exclude(outcome__in=NO_REPLY_NEEDED).exists()
