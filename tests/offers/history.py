"""A hand-made history whose every figure is known: eight slots at two clinics, on two days in winter.

Lakeside keeps Chicago's time, Foothills Denver's; the moment of looking is Monday 2 March 2026, 16:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from clinic.models import Appointment
from core import audit
from messaging.models import Direction, Kind
from messaging.states import MessageStatus
from offers import accepting, texts
from offers.figures import Period
from offers.models import Cancellation, Offer
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    OfferFactory,
    ProviderFactory,
    RoundFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
)
from waitlist.models import WaitlistEntry

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
DAYS = Period(date(2026, 2, 27), date(2026, 3, 2))
FRIDAY_NINE = datetime(2026, 2, 27, 15, 0, tzinfo=UTC)
# Half an hour before midnight in Denver, and already March in UTC.
SATURDAY_NIGHT = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
# What is counted of all eight.
KNOWN = {
    "logged": 8,
    "withdrawn_in_grace": 1,
    "withdrawn_later": 1,
    "undecided": 1,
    "counted": 5,
    "in_time": 1,
    "in_time_percent": 20.0,
    "settled": 4,
    "filled": 2,
    "by_text": 1,
    "by_phone": 1,
    "to_call": 1,
    "unfilled": 1,
    "by_hand_percent": 50.0,
    "handed_over": 9,
    "delivered": 7,
    "not_delivered": 1,
    "unreported": 1,
    "delivered_percent": 77.8,
    "taken": 2,
    "for_a_person": 1,
    "considered": 17,
    "asked": 4,
    "answered": 3,
    "won": 1,
    "depth": 2,
    "thin": 4,
    "rounds": 5,
    "fill_median_minutes": 5.0,
    "fill_ninth_minutes": 180.0,
    "offers_per_fill": 2.0,
    "taken_per_fill": 1.0,
    "moved": 2,
    "days_gained": 13,
    "days_median": 3,
}


def logged(at: datetime, **fields: Any) -> Cancellation:
    """A slot two days ahead whose grace was half a minute."""
    times = {"starts_at": at + timedelta(days=2), "grace_ends_at": at + timedelta(seconds=30)}
    slot: Cancellation = CancellationFactory.create(**{**times, **fields}, created_at=at)
    return slot


def decided(slot: Cancellation, entries: list[WaitlistEntry], *, eligible: int, number: int = 1) -> None:
    ids = [entry.pk for entry in entries]
    arrays = {"entry_ids": ids, "reasons": [0] * len(ids), "parts": [0] * len(ids)}
    RoundFactory.create(cancellation=slot, number=number, eligible_count=eligible, **arrays)


def texted(slot: Cancellation, offer: Offer, kind: str, status: str, *, after: timedelta) -> None:
    """A text of ours about the slot, handed over so long after the logging."""
    sent_at = slot.created_at + after
    MessageFactory.create(
        kind=kind,
        to=offer.phone,
        status=status,
        logical_key=f"{kind}:{offer.pk}",
        twilio_sid=f"SM{kind}{offer.pk}",
        related=texts.related(slot=slot, patient_id=offer.patient_id, offer=offer),
        created_at=sent_at,
        sent_at=sent_at,
    )


def heard(slot: Cancellation, offer: Offer, *, after: timedelta, attention: str = "") -> None:
    """An answer to the question."""
    at = slot.created_at + after
    MessageFactory.create(
        direction=Direction.INBOUND,
        kind=Kind.REPLY,
        status=MessageStatus.HANDLED,
        logical_key=None,
        related=texts.related(slot=slot, patient_id=offer.patient_id, offer=offer),
        attention=attention,
        created_at=at,
        received_at=at,
    )


def asked(slot: Cancellation, entry: WaitlistEntry, status: str, text: str = "delivered") -> Offer:
    """A question handed over a minute after the logging."""
    held = {"hold_expires_at": slot.created_at + timedelta(minutes=8), "created_at": slot.created_at}
    round_ = slot.rounds.order_by("number").first()
    offer: Offer = OfferFactory.create(cancellation=slot, round=round_, entry=entry, status=status, **held)
    texted(slot, offer, Kind.OFFER, text, after=timedelta(minutes=1))
    return offer


def gave_up(entry: WaitlistEntry, slot: Cancellation, *, days: int) -> None:
    """The entry's visit, so many days after the slot, is given up for it."""
    old = AppointmentFactory.create(
        patient=entry.patient,
        starts_at=slot.starts_at + timedelta(days=days),
        status="cancelled",
        cancel_reason=accepting.MOVED,
    )
    WaitlistEntry.objects.filter(pk=entry.pk).update(current_appointment=old, status="matched")


class History:
    """The eight slots; see KNOWN."""

    def __init__(self) -> None:
        visit_type = VisitTypeFactory.create()
        self.lakeside = ClinicFactory.create(name="Lakeside", timezone="America/Chicago")
        self.foothills = ClinicFactory.create(name="Foothills", timezone="America/Denver")
        self.okafor = ProviderFactory.create(name="Dr. Okafor", clinics=[self.lakeside])
        self.weiss = ProviderFactory.create(name="Dr. Weiss", clinics=[self.foothills])
        self.here = {"clinic": self.lakeside, "provider": self.okafor, "visit_type": visit_type}
        self.there = {"clinic": self.foothills, "provider": self.weiss, "visit_type": visit_type}
        waits = WaitlistEntryFactory.create_batch
        self.at_lakeside = waits(6, clinic=self.lakeside, visit_type=visit_type)
        self.at_foothills = waits(4, clinic=self.foothills, visit_type=visit_type)
        self.filled_by_text()
        self.filled_by_phone()
        self.unfilled()
        self.withdrawn_and_open()

    def filled_by_text(self) -> None:
        """Alice says YES after two minutes and gives up a visit in ten days; Bob's question got lost."""
        closed = {"status": "filled", "closed_at": FRIDAY_NINE + timedelta(minutes=5)}
        slot = logged(FRIDAY_NINE, **closed, **self.here)
        alice, bob = self.at_lakeside[:2]
        decided(slot, self.at_lakeside[:5], eligible=3)
        won, lost = asked(slot, alice, "accepted"), asked(slot, bob, "taken", "undelivered")
        heard(slot, won, after=timedelta(minutes=4))
        texted(slot, won, Kind.CONFIRMATION, "sent", after=timedelta(minutes=5))
        texted(slot, lost, Kind.TAKEN, "delivered", after=timedelta(minutes=5))
        gave_up(alice, slot, days=10)

    def filled_by_phone(self) -> None:
        """Carol asks something back; three hours later staff book Dave, who had not been asked."""
        at = FRIDAY_NINE + timedelta(minutes=30)
        closed_at = at + timedelta(hours=3)
        slot = logged(at, status="filled", closed_at=closed_at, **self.here)
        carol, dave = self.at_lakeside[2:4]
        decided(slot, self.at_lakeside, eligible=2)
        decided(slot, self.at_lakeside[:4], eligible=0, number=2)
        offer = asked(slot, carol, "taken")
        heard(slot, offer, after=timedelta(minutes=21), attention="unclear")
        texted(slot, offer, Kind.TAKEN, "delivered", after=timedelta(hours=3))
        booked = {**self.here, "starts_at": slot.starts_at, "fills_slot": slot.pk}
        visit: Appointment = AppointmentFactory.create(patient=dave.patient, created_at=closed_at, **booked)
        gave_up(dave, slot, days=3)
        WaitlistEntry.objects.filter(pk=dave.pk).update(changed_at=closed_at)
        audit.record(actor="desk", verb="slot.filled", obj=slot, at=closed_at, appointment=visit.pk)
        told = texts.related(slot=slot, patient_id=dave.patient_id)
        MessageFactory.create(kind="confirmation", status="delivered", twilio_sid="SMdave", related=told)

    def unfilled(self) -> None:
        """One late at night that nobody may be texted about, and one to which Erin says NO."""
        closed = {"status": "unfilled", "closed_at": SATURDAY_NIGHT + timedelta(minutes=9)}
        slot = logged(SATURDAY_NIGHT, unfilled_reason="call", **closed, **self.there)
        decided(slot, self.at_foothills[:2], eligible=0)
        at = SATURDAY_NIGHT - timedelta(hours=10)
        slot = logged(at, unfilled_reason="nobody_left", **closed, **self.there)
        decided(slot, self.at_foothills, eligible=20)
        erin = asked(slot, self.at_foothills[0], "declined")
        heard(slot, erin, after=timedelta(minutes=9))
        texted(slot, erin, Kind.REPLY, "delivered", after=timedelta(minutes=9))

    def withdrawn_and_open(self) -> None:
        """A slip, one taken back, one too young to judge, and one still offered whose text has not left."""
        for seconds in (20, 900):
            at = FRIDAY_NINE + timedelta(hours=2, seconds=seconds)
            logged(at, status="withdrawn", closed_at=at + timedelta(seconds=seconds), **self.there)
        logged(NOW - timedelta(hours=1), **self.here)
        slot = logged(NOW - timedelta(hours=3), status="offering", **self.there)
        frank = OfferFactory.create(cancellation=slot, entry=self.at_foothills[1])
        about = texts.related(slot=slot, patient_id=frank.patient_id, offer=frank)
        MessageFactory.create(logical_key=f"offer:{frank.pk}", related=about)
