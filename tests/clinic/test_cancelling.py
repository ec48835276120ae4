"""Who hears that a visit is cancelled: its patient, once, and nobody who knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic import booking, cancelling, following
from clinic.models import Appointment, Clinic
from core.transitions import StaleState
from messaging import optout, sweeping
from messaging.models import Kind, Message
from offers import accepting, confirming, opening, reopening, undoing
from offers.opening import NewSlot
from tests.factories import AppointmentFactory, OfferFactory, ProviderFactory, in_hours
from tests.offers.test_contact_hours import utc
from tests.outreach.reminding import booked, day_clinic

pytestmark = pytest.mark.django_db
DESK = "frontdesk"


def told(visit: Appointment) -> list[Message]:
    return list(Message.objects.filter(logical_key__startswith=f"cancelled:{visit.pk}").order_by("pk"))


def cancel(visit: Appointment, **said: Any) -> None:
    cancelling.cancel(appointment_id=visit.pk, by=DESK, now=timezone.now(), **said)


def slot_of(visit: Appointment, **said: Any) -> NewSlot:
    same: dict[str, Any] = {
        "clinic_id": visit.clinic_id,
        "provider_id": visit.provider_id,
        "starts_at": visit.starts_at,
    }
    return NewSlot(**same, visit_type_id=visit.visit_type_id, ends_at=visit.ends_at, **said)


def test_the_patient_is_told_once_when_the_grace_is_over(clock: Any) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30), language="es")
    cancel(visit)
    (text,) = told(visit)
    assert (text.kind, text.next_attempt_at) == (Kind.CONFIRMATION, timezone.now() + timedelta(seconds=30))
    assert "se ha cancelado su cita" in text.body
    with pytest.raises(StaleState):
        cancel(visit)
    sweeping.sweep_outbox(clock=timezone.now)
    assert [each.status for each in told(visit)] == ["queued"]
    clock.shift(timedelta(seconds=31))
    sweeping.sweep_outbox(clock=timezone.now)
    (text,) = told(visit)
    assert (text.status, (text.permission or {})["basis"]) == ("sent", "consent")


def test_who_is_on_the_phone_is_not_told_again() -> None:
    visit = booked()
    cancel(visit, tells_patient=False)
    assert told(visit) == []


@pytest.mark.parametrize(
    ("patient", "hours"), [({"phone": "", "email": ""}, 72), ({}, -1)], ids=["no contact", "past"]
)
def test_where_nothing_arrives_or_nothing_is_to_come_nothing_is_owed(
    patient: dict[str, Any], hours: int
) -> None:
    visit = booked(**patient)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=in_hours(hours), ends_at=in_hours(hours + 1))
    cancel(visit)
    assert told(visit) == []


@pytest.mark.parametrize(("at", "status"), [("2026-03-03T04:00", "queued"), ("2026-03-03T16:00", "sent")])
def test_rule_20_it_waits_for_contact_hours(clock: Any, at: str, status: str) -> None:
    clock.move_to(utc(at))
    visit = booked(clinic=day_clinic(grace_seconds=0))
    cancel(visit)
    sweeping.sweep_outbox(clock=timezone.now)
    assert [each.status for each in told(visit)] == [status]


def test_without_consent_it_does_not_leave() -> None:
    visit = booked(clinic=day_clinic(grace_seconds=0), sms_consent=False)
    cancel(visit)
    sweeping.sweep_outbox(clock=timezone.now)
    assert [(each.status, each.skip_reason) for each in told(visit)] == [("skipped", "no_consent")]


def test_who_has_the_same_time_again_is_not_told_that_it_is_off(clock: Any) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30))
    slot = opening.open_slot(slot=slot_of(visit), by=DESK, now=timezone.now())
    assert len(told(visit)) == 1
    undoing.undo(cancellation_id=slot.pk, by=DESK, now=timezone.now())
    clock.shift(timedelta(seconds=31))
    sweeping.sweep_outbox(clock=timezone.now)
    assert [(each.status, each.skip_reason) for each in told(visit)] == [("skipped", "stale")]
    again = Appointment.objects.active().get()
    assert not Message.objects.filter(logical_key=f"booked:{again.pk}").exists()


def test_a_time_that_is_cancelled_booked_and_cancelled_again_is_told_of_once(clock: Any) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30))
    cancel(visit)
    again = booking.book(booking=booking.as_before(visit), by=DESK, now=timezone.now())
    cancel(again)
    clock.shift(timedelta(seconds=31))
    sweeping.sweep_outbox(clock=timezone.now)
    assert [each.status for each in told(visit) + told(again)] == ["skipped", "sent"]


def test_who_is_seen_by_another_provider_then_is_not_told_that_it_is_off(clock: Any) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30))
    cancel(visit)
    other = ProviderFactory(clinics=[visit.clinic]).pk
    same = replace(booking.as_before(visit), provider_id=other)
    booking.book(booking=same, by=DESK, now=timezone.now())
    clock.shift(timedelta(seconds=31))
    sweeping.sweep_outbox(clock=timezone.now)
    assert [(each.status, each.skip_reason) for each in told(visit)] == [("skipped", "stale")]


def stop(visit: Appointment) -> None:
    optout.suppress(phone=visit.patient.phone, words="STOP", source="text", now=timezone.now())


def in_shadow(visit: Appointment) -> None:
    Clinic.objects.filter(pk=visit.clinic_id).update(is_shadow=True)


@pytest.mark.parametrize("meanwhile", [stop, in_shadow])
def test_who_must_not_be_texted_by_then_is_not(clock: Any, meanwhile: Any) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30))
    cancel(visit)
    meanwhile(visit)
    clock.shift(timedelta(seconds=31))
    sweeping.sweep_outbox(clock=timezone.now)
    assert [each.status for each in told(visit)] == ["skipped"]


def test_rule_20_at_night_it_goes_at_once_only_where_the_visit_comes_before_the_morning(clock: Any) -> None:
    clock.move_to(utc("2026-03-03T04:00"))
    early = booked(clinic=day_clinic(grace_seconds=0), at=utc("2026-03-03T13:30"))
    cancel(early)
    sweeping.sweep_outbox(clock=timezone.now)
    (text,) = told(early)
    assert (text.status, (text.permission or {})["hours"]) == ("sent", {"at_once": "visit_comes_first"})


def test_what_the_other_system_cancels_is_told_there(now: datetime) -> None:
    visit = booked()
    freed = following.Freed(is_offered=True)
    following.cancel(appointment_id=visit.pk, freed=freed, by="feed", now=now)
    assert told(visit) == []


def test_who_has_heard_that_it_is_off_is_told_that_it_stands_again(now: datetime) -> None:
    visit = booked(clinic=day_clinic(grace_seconds=30))
    slot = opening.open_slot(slot=slot_of(visit), by=DESK, now=now)
    Message.objects.filter(pk=told(visit)[0].pk).update(call_started_at=now)
    undoing.undo(cancellation_id=slot.pk, by=DESK, now=now)
    again = Appointment.objects.active().get()
    assert Message.objects.filter(logical_key=f"booked:{again.pk}").exists()


def test_logging_a_cancellation_tells_the_patient_unless_staff_say_no(now: datetime) -> None:
    first, second = booked(), booked()
    opening.open_slot(slot=slot_of(first), by=DESK, now=now)
    opening.open_slot(slot=slot_of(second, tells_patient=False), by=DESK, now=now)
    assert [len(told(first)), len(told(second))] == [1, 0]


def test_the_winner_hears_of_the_old_visit_in_the_confirmation_alone(now: datetime) -> None:
    offer = OfferFactory(hold_expires_at=in_hours(1))
    old = AppointmentFactory(patient=offer.patient, starts_at=in_hours(500))
    offer.entry.current_appointment = old
    offer.entry.save()
    assert accepting.accept(offer_id=offer.pk, now=now) == accepting.Outcome.WON
    old.refresh_from_db()
    assert (old.status, told(old)) == ("cancelled", [])
    confirmation = Message.objects.get(logical_key=f"confirmation:{offer.pk}")
    assert "It replaces any later visit." in confirmation.body


def test_whose_slot_is_opened_again_hears_that_the_visit_is_off(now: datetime) -> None:
    offer = OfferFactory(hold_expires_at=in_hours(1))
    accepting.accept(offer_id=offer.pk, now=now)
    reopening.reopen(cancellation_id=offer.cancellation_id, by=DESK, now=now)
    visit = Appointment.objects.get(fills_slot=offer.cancellation_id)
    assert len(told(visit)) == 1


def test_a_cancelling_that_is_rolled_back_owes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = booked()
    monkeypatch.setattr(confirming, "owe_cancelled", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cancel(visit)
    visit.refresh_from_db()
    assert (visit.status, told(visit)) == ("booked", [])
