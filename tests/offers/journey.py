"""What journeys say in words: a clinic, its people, time that passes, texts that come and go."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import time_machine
from celery.app.task import Task
from django.test import Client
from django.utils import timezone

from clinic.models import Appointment, Clinic, Provider, VisitType
from messaging import tasks as messaging_tasks
from messaging.models import Direction, Kind, Message
from offers import opening
from offers import tasks as offer_tasks
from offers.models import Cancellation, Offer
from outreach import tasks as outreach_tasks
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory, WaitlistEntryFactory
from tests.messaging import posting
from tests.twilio_standin import StandIn
from waitlist.models import WaitlistEntry

SWEEPS: tuple[Task[Any, Any], ...] = (
    messaging_tasks.sweep_inbox,
    offer_tasks.sweep_answers,
    offer_tasks.sweep_slots,
    outreach_tasks.sweep_reminders,
    messaging_tasks.sweep_outbox,
    messaging_tasks.reconcile,
)
# An answer needs this many sweeps from its webhook to the text it causes, where no task helps.
LONGEST_CHAIN = 4


@dataclass(kw_only=True)
class Journey:
    """One clinic that asks two patients at a time, each for 7 minutes, after a grace of 30 seconds."""

    client: Client
    clock: time_machine.Traveller
    twilio: StandIn
    sweeps_at_once: int
    clinic: Clinic = field(default_factory=lambda: ClinicFactory(batch_size=2, cool_down_minutes=0))
    visit_type: VisitType = field(default_factory=VisitTypeFactory)
    provider: Provider = field(init=False)
    people: int = 0

    def __post_init__(self) -> None:
        self.provider = ProviderFactory(clinics=[self.clinic])

    def waiting(self, **fields: Any) -> WaitlistEntry:
        """Somebody on the list; who comes earlier is asked earlier."""
        self.people += 1
        boost = {"manual_boost": 40 - 2 * self.people}
        entry: WaitlistEntry = WaitlistEntryFactory(
            clinic=self.clinic, visit_type=self.visit_type, **boost, **fields
        )
        return entry

    def logged(self, *, hours: float = 48) -> Cancellation:
        """Staff log a cancellation."""
        starts_at = timezone.now() + datetime.timedelta(hours=hours)
        slot = opening.NewSlot(
            clinic_id=self.clinic.pk,
            provider_id=self.provider.pk,
            visit_type_id=self.visit_type.pk,
            starts_at=starts_at,
            ends_at=starts_at + datetime.timedelta(minutes=30),
        )
        return opening.open_slot(slot=slot, by="frontdesk", now=timezone.now())

    def asked(self, **fields: Any) -> Cancellation:
        """A cancellation whose grace is over and whose first texts are out."""
        slot = self.logged(**fields)
        self.wait(seconds=31)
        return slot

    def wait(self, **time: float) -> None:
        """Let time pass, and then what beat would do."""
        self.clock.shift(datetime.timedelta(**time))
        self.work()

    def work(self) -> None:
        for _ in range(self.sweeps_at_once):
            for sweep in SWEEPS:
                sweep.run()

    def says(self, entry: WaitlistEntry, words: str, *, sid: str = "") -> None:
        """A patient texts us, some seconds after whatever happened last."""
        self.clock.shift(datetime.timedelta(seconds=5))
        answer = posting.text(self.client, sender=entry.patient.phone, body=words, sid=sid)
        assert answer.status_code == 200
        self.work()

    def fails(self, entry: WaitlistEntry, code: str = "30003") -> None:
        """The carrier could not deliver this patient's offer."""
        text = Message.objects.filter(to=entry.patient.phone, kind=Kind.OFFER).latest("pk")
        posting.report(self.client, sid=str(text.twilio_sid), word="undelivered", ours=text.uuid, code=code)
        self.work()

    def hears(self, entry: WaitlistEntry) -> list[str]:
        """The kinds of the texts that really reached the provider, in order."""
        phone = entry.patient.phone
        by_sid = {
            message.twilio_sid: message.kind
            for message in Message.objects.filter(to=phone, direction=Direction.OUTBOUND)
        }
        return [str(by_sid[text.sid]) for text in self.twilio.taken if text.to == phone]

    def offer_of(self, entry: WaitlistEntry) -> str:
        """The state of the last question put to somebody; "" where there was none."""
        return Offer.objects.filter(entry=entry).order_by("pk").values_list("status", flat=True).last() or ""

    def winner(self, slot: Cancellation) -> int | None:
        """The patient who is booked into the slot."""
        booked = Appointment.objects.active().filter(fills_slot=slot.pk)
        return booked.values_list("patient_id", flat=True).get() if booked else None

    def outcomes(self) -> list[str]:
        """What each inbound text was understood to be and led to, oldest first."""
        inbound = Message.objects.filter(direction=Direction.INBOUND).order_by("pk")
        return list(inbound.values_list("outcome", flat=True))

    def nobody_was_texted_twice(self) -> bool:
        texts = Counter((text.to, text.body) for text in self.twilio.taken)
        return not texts or max(texts.values()) == 1


def status_of(slot: Cancellation) -> str:
    slot.refresh_from_db()
    return f"{slot.status}: {slot.unfilled_reason}" if slot.unfilled_reason else str(slot.status)
