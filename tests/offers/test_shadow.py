"""A clinic in shadow: everything is decided, and nobody can be texted, however hard somebody tries."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic import cancelling
from clinic.models import Clinic
from core.models import AuditEvent
from core.transitions import StaleState
from messaging import delivery, sweeping
from messaging.models import Message
from offers import (
    accepting,
    bars,
    depth,
    gating,
    measuring,
    reopening,
    rounds,
    shadow_report,
    shadowing,
)
from offers.figures import Period
from offers.models import Cancellation, Offer, ShadowOffer
from ops import invariants
from outreach import sending, settling
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    OfferFactory,
    WaitlistEntryFactory,
)
from tests.outreach.reminding import ReminderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shadow(db: None) -> Clinic:
    made: Clinic = ClinicFactory.create(is_shadow=True, batch_size=2, cool_down_minutes=0)
    return made


def slot_of(clinic: Clinic, people: int = 0) -> Cancellation:
    """A slot whose first step is due, and so many who fit it."""
    slot: Cancellation = CancellationFactory(clinic=clinic)
    for _ in range(people):
        WaitlistEntryFactory(clinic=clinic, visit_type=slot.visit_type)
    return slot


def play(slot: Cancellation) -> list[str]:
    """Take every step of the slot when it is due."""
    done = []
    while slot.next_step_at is not None:
        done.append(rounds.advance(cancellation_id=slot.pk, now=slot.next_step_at))
        slot.refresh_from_db()
    return done


def test_a_slot_in_shadow_decides_its_rounds_and_asks_nobody(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=3)
    assert play(slot) == ["asked 2", "asked 1", "unfilled: nobody_left"]
    assert (slot.status, slot.unfilled_reason) == ("unfilled", "shadow")
    assert [row.eligible_count for row in slot.rounds.order_by("number")][:2] == [3, 1]
    assert slot.shadow_offers.count() == 3
    assert not Offer.objects.exists()
    assert not Message.objects.exists()


def test_a_slot_in_shadow_asks_until_it_would_probably_be_filled(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=22)
    play(slot)
    enough = slot.shadow_offers.count()
    assert depth.chance(enough, depth.USUAL_SHARE) >= shadowing.ENOUGH
    assert depth.chance(enough - 2, depth.USUAL_SHARE) < shadowing.ENOUGH
    assert enough < 22


def test_a_time_cancelled_in_the_calendar_of_a_shadow_clinic_is_in_shadow(shadow: Clinic) -> None:
    visit, now = AppointmentFactory(clinic=shadow), timezone.now()
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=now)
    reopening.slot_freed(appointment_id=visit.pk, now=now)
    assert Cancellation.objects.get().is_shadow


def test_shadow_holds_no_real_person_and_uses_up_no_cap(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=1)
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    asked = ShadowOffer.objects.get()
    # Given the same patient on the list of a clinic that is live and asks each once a day at most
    live = CancellationFactory(clinic=ClinicFactory(offers_per_day=1))
    entry = WaitlistEntryFactory(clinic=live.clinic, visit_type=live.visit_type, patient=asked.patient)
    assert rounds.advance(cancellation_id=live.pk, now=timezone.now()) == "asked 1"
    # Then the real question is put, and a second slot in shadow takes notice of both
    assert Offer.objects.get().entry == entry
    again = slot_of(shadow)
    WaitlistEntryFactory(clinic=shadow, visit_type=again.visit_type, patient=asked.patient)
    assert rounds.advance(cancellation_id=again.pk, now=timezone.now()) == "waiting for busy phones"
    assert "shadow" not in bars.for_slot(slot=live, now=timezone.now()).ctes


@pytest.mark.parametrize("kind", ["offer", "reminder", "help", "reply", "confirmation", "optout_notice"])
def test_no_text_of_a_shadow_clinic_passes_the_gate(shadow: Clinic, kind: str) -> None:
    text = MessageFactory(kind=kind, related={"clinic": shadow.pk, "offer": 1})
    assert delivery.send(message_id=text.pk, clock=timezone.now) == "skipped"
    text.refresh_from_db()
    assert (text.skip_reason, text.call_started_at) == ("shadow", None)


def test_where_no_clinic_is_live_not_even_a_stranger_is_answered(shadow: Clinic) -> None:
    text = MessageFactory(kind="help", related={})
    assert delivery.send(message_id=text.pk, clock=timezone.now) == "skipped"


def test_a_reminder_of_a_shadow_clinic_says_why_it_did_not_go(shadow: Clinic) -> None:
    now = timezone.now()
    reminder = ReminderFactory(appointment=AppointmentFactory(clinic=shadow), due_at=now)
    sending.remind(reminder_id=reminder.pk, now=now)
    delivery.send(message_id=Message.objects.get().pk, clock=timezone.now)
    settling.settle(reminder_id=reminder.pk, now=now)
    reminder.refresh_from_db()
    assert (reminder.status, reminder.get_reason_display()) == (
        "skipped",
        "The clinic is in shadow: nobody is texted",
    )


def test_the_database_refuses_a_question_of_a_slot_in_shadow(shadow: Clinic) -> None:
    slot = CancellationFactory(clinic=shadow)
    with pytest.raises(IntegrityError, match="offer_in_shadow"), transaction.atomic():
        OfferFactory(cancellation=slot)
    offer = OfferFactory()
    with pytest.raises(IntegrityError, match="offer_in_shadow"), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(cancellation=slot)


def test_the_database_refuses_a_text_about_a_slot_in_shadow(shadow: Clinic) -> None:
    slot = CancellationFactory(clinic=shadow)
    with pytest.raises(IntegrityError, match="text_in_shadow"), transaction.atomic():
        MessageFactory(related={"cancellation": slot.pk})


def test_a_text_of_a_shadow_clinic_cannot_leave_even_past_its_gate(shadow: Clinic, monkeypatch: Any) -> None:
    text = MessageFactory(kind="help", related={"clinic": shadow.pk})
    monkeypatch.setattr("messaging.gate._bars", {})
    with pytest.raises(IntegrityError, match="text_leaves_shadow"), transaction.atomic():
        delivery.send(message_id=text.pk, clock=timezone.now)
    text.refresh_from_db()
    assert text.status == "queued"


def test_a_slot_is_as_its_clinic_was_and_stays_so(shadow: Clinic) -> None:
    with pytest.raises(IntegrityError, match="slot_in_shadow"), transaction.atomic():
        CancellationFactory(clinic=shadow, is_shadow=False)
    slot = CancellationFactory(clinic=shadow)
    with pytest.raises(IntegrityError, match="slot_shadow_is_for_ever"), transaction.atomic():
        Cancellation.objects.filter(pk=slot.pk).update(is_shadow=False)
    with pytest.raises(IntegrityError, match="cancellation_shadow_asks_nobody"), transaction.atomic():
        Cancellation.objects.filter(pk=slot.pk).update(status="offering")


def test_staff_fill_a_slot_in_shadow_by_phone_and_nobody_is_texted(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=1)
    now = timezone.now()
    rounds.advance(cancellation_id=slot.pk, now=now)
    patient = ShadowOffer.objects.get().patient
    visit = accepting.fill(cancellation_id=slot.pk, patient_id=patient.pk, by="frontdesk", now=now)
    slot.refresh_from_db()
    assert (slot.status, visit.fills_slot) == ("filled", slot.pk)
    assert not Message.objects.exists()
    # When that visit is off again, the slot goes on in shadow
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=now)
    reopening.slot_freed(appointment_id=visit.pk, now=now)
    slot.refresh_from_db()
    assert slot.status == "open"
    # The word of that is owed, and the gate lets nothing of a clinic in shadow leave.
    sweeping.sweep_outbox(clock=lambda: now + datetime.timedelta(minutes=10))
    assert [(text.status, text.skip_reason) for text in Message.objects.all()] == [("skipped", "shadow")]


def test_going_live_closes_what_runs_in_shadow_and_the_next_slot_texts(shadow: Clinic) -> None:
    running, now = slot_of(shadow, people=1), timezone.now()
    assert shadowing.go_live(clinic_id=shadow.pk, by="manager", now=now) == 1
    running.refresh_from_db()
    assert running.status == "withdrawn"
    assert AuditEvent.objects.get(verb="clinic.went_live").data == {"closed": 1}
    live = Clinic.objects.get(pk=shadow.pk)
    again = CancellationFactory(clinic=live, visit_type=running.visit_type, provider=running.provider)
    assert rounds.advance(cancellation_id=again.pk, now=timezone.now()) == "asked 1"
    assert delivery.send(message_id=Message.objects.get().pk, clock=timezone.now) == "sent"
    with pytest.raises(StaleState, match="live already"):
        shadowing.go_live(clinic_id=shadow.pk, by="manager", now=now)


def test_a_clinic_at_work_is_not_put_back_into_shadow(shadow: Clinic) -> None:
    new, now = ClinicFactory(), timezone.now()
    shadowing.begin(clinic_id=new.pk, by="manager", now=now)
    assert Clinic.objects.get(pk=new.pk).is_shadow
    for clinic in (shadow, CancellationFactory().clinic):
        with pytest.raises(StaleState):
            shadowing.begin(clinic_id=clinic.pk, by="manager", now=now)
    texted = ClinicFactory()
    MessageFactory(related={"clinic": texted.pk})
    with pytest.raises(StaleState):
        shadowing.begin(clinic_id=texted.pk, by="manager", now=now)


def test_no_figure_counts_a_slot_in_shadow_and_the_doctor_is_content(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=2)
    play(slot)
    today, now = slot.created_at.astimezone(shadow.zone).date(), timezone.now()
    period = Period(since=today - datetime.timedelta(days=1), until=today + datetime.timedelta(days=1))
    assert measuring.summary(period=period, scope=None, now=now).whole.logged == 0
    assert measuring.last_logged_on(scope=None) is None
    assert list(invariants.violations(now=now)) == []


def test_the_report_says_how_likely_and_how_unsure_it_is(shadow: Clinic) -> None:
    slot = slot_of(shadow, people=4)
    play(slot)
    found = shadow_report.report(clinic=shadow, now=timezone.now())
    waves = found.stories[0].waves
    assert [len(wave.offers) for wave in waves] == [2, 2]
    assert (waves[1].filled.low, waves[1].filled.likely, waves[1].filled.high) == (28, 33, 37)
    assert (found.share.low, found.share.high, found.by_staff) == (8, 11, 0)


def test_a_shadow_text_is_stopped_first(shadow: Clinic, monkeypatch: Any) -> None:
    asked = []
    monkeypatch.setattr(gating, "may_leave", lambda *args: asked.append(args))
    text = MessageFactory(kind="offer", related={"clinic": shadow.pk, "offer": 1, "cancellation": 0})
    delivery.send(message_id=text.pk, clock=timezone.now)
    assert asked == []
