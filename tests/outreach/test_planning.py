"""Reminders are planned with the visit, and go with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import booking, cancelling, registering
from clinic.models import Appointment
from core import audit
from core.models import AuditEvent
from core.transitions import StaleState
from offers import accepting, opening
from outreach import planning
from outreach.models import Reminder
from outreach.states import Reason, ReminderStatus
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    OfferFactory,
    in_hours,
)
from tests.outreach.reminding import booked, day_clinic, in_state, states

pytestmark = pytest.mark.django_db


def dues(visit: Appointment) -> list[datetime]:
    rows = Reminder.objects.filter(appointment=visit).order_by("-minutes_before")
    return list(rows.values_list("due_at", flat=True))


def test_a_visit_is_booked_with_a_reminder_a_day_and_two_hours_before(now: datetime) -> None:
    visit = booked(hours=72)
    assert states(visit) == ["scheduled", "scheduled"]
    assert dues(visit) == [visit.starts_at - timedelta(hours=24), visit.starts_at - timedelta(hours=2)]


def test_a_clinic_has_its_own_list_and_may_have_none(now: datetime) -> None:
    visit = booked(clinic=ClinicFactory(reminder_minutes=[60, 2880, 180]))
    assert dues(visit) == [visit.starts_at - timedelta(minutes=each) for each in (2880, 180, 60)]
    assert states(booked(clinic=ClinicFactory(reminder_minutes=[]))) == []


def test_rule_20_the_reminder_of_an_early_visit_is_planned_for_the_evening_before(now: datetime) -> None:
    # 8 o'clock in Chicago
    visit = booked(clinic=day_clinic(), at=datetime(2026, 3, 4, 14, tzinfo=UTC))
    assert dues(visit) == [datetime(2026, 3, 3, 14, tzinfo=UTC), datetime(2026, 3, 4, 1, 30, tzinfo=UTC)]


def test_rule_20_the_patients_zones_count_and_not_the_clinics(now: datetime) -> None:
    coasts: dict[str, Any] = {"contact_zones": "America/New_York America/Los_Angeles"}
    visit = booked(clinic=day_clinic(), at=datetime(2026, 3, 4, 14, tzinfo=UTC), **coasts)
    assert dues(visit) == [datetime(2026, 3, 3, 0, 30, tzinfo=UTC), datetime(2026, 3, 4, 0, 30, tzinfo=UTC)]


def test_no_phone_and_no_e_mail_reminders_are_skipped_and_say_so() -> None:
    assert states(booked(phone="", email="", sms_consent=False)) == ["skipped: no_contact"] * 2
    assert states(booked(phone="", email="alice@example.org", sms_consent=False)) == ["scheduled"] * 2


def test_what_is_over_at_booking_is_skipped() -> None:
    assert states(booked(hours=10)) == ["skipped: booked_too_late", "scheduled"]


def test_planning_is_one_statement_by_day_and_two_where_a_reminder_falls_into_the_night(
    now: datetime,
) -> None:
    for hour, statements in ((18, 1), (14, 2)):
        starts_at = datetime(2026, 3, 4, hour, tzinfo=UTC)
        visit = AppointmentFactory(clinic=day_clinic(), starts_at=starts_at, created_at=now)
        with CaptureQueriesContext(connection) as queries:
            assert planning.plan(appointment_ids=[visit.pk]) == 2
        assert len(queries) == statements


def test_planning_again_changes_nothing(now: datetime) -> None:
    visit = booked()
    before = list(Reminder.objects.order_by("pk").values())
    assert planning.plan(appointment_ids=[visit.pk]) == 0
    assert list(Reminder.objects.order_by("pk").values()) == before


def test_a_visit_in_the_past_or_no_longer_booked_is_not_planned(now: datetime) -> None:
    past = AppointmentFactory(starts_at=now - timedelta(hours=1), created_at=now)
    off = AppointmentFactory(status="cancelled", created_at=now)
    assert planning.plan(appointment_ids=[past.pk, off.pk]) == 0
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("minutes", [-30, 0])
def test_a_visit_in_the_past_or_without_an_end_is_refused_and_plans_nothing(minutes: int) -> None:
    visit = AppointmentFactory()
    new = booking.NewBooking(
        clinic_id=visit.clinic_id,
        provider_id=visit.provider_id,
        patient_id=visit.patient_id,
        visit_type_id=visit.visit_type_id,
        starts_at=in_hours(minutes / 60 if minutes else 30),
        ends_at=in_hours(30 if not minutes else 1),
    )
    with pytest.raises(booking.BadTime):
        booking.book(booking=new, by="frontdesk", now=in_hours(0))
    assert not Reminder.objects.exists()


def test_without_its_reminders_a_visit_is_not_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_by_visit", lambda stored: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        booked()
    assert not Appointment.objects.exists()
    assert not Reminder.objects.exists()


def test_cancelling_cancels_them_in_the_same_transaction_and_writes_down_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit = booked()
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=in_hours(0))
    assert states(visit) == ["cancelled: visit_cancelled"] * 2
    line = AuditEvent.objects.get(verb="reminders.cancelled")
    assert (line.object_id, line.reason, line.data) == (str(visit.pk), "visit_cancelled", {"number": 2})
    other = booked()
    monkeypatch.setattr(audit, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cancelling.cancel(appointment_id=other.pk, by="frontdesk", now=in_hours(0))
    assert states(other) == ["scheduled"] * 2


def test_moving_a_visit_plans_the_new_one_and_cancels_the_old_ones() -> None:
    old = booked()
    new = booking.reschedule(appointment_id=old.pk, starts_at=in_hours(100), by="frontdesk", now=in_hours(0))
    assert states(old) == ["cancelled: visit_moved"] * 2
    assert dues(new) == [in_hours(76), in_hours(98)]
    with pytest.raises(StaleState):
        booking.reschedule(appointment_id=old.pk, starts_at=in_hours(99), by="frontdesk", now=in_hours(0))
    assert Reminder.objects.count() == 4


def test_dropping_returns_how_many_and_leaves_what_went_out() -> None:
    sent = in_state("sent")
    visit = sent.appointment
    in_state("scheduled", appointment=visit, minutes_before=60)
    dropped = planning.drop(appointment_id=visit.pk, reason=Reason.VISIT_CANCELLED, now=in_hours(0))
    assert dropped == 1
    assert states(visit) == ["sent", "cancelled: visit_cancelled"]
    assert planning.drop(appointment_id=visit.pk, reason=Reason.VISIT_CANCELLED, now=in_hours(0)) == 0


def test_a_yes_plans_the_new_visit_and_drops_the_reminders_of_the_later_one() -> None:
    later = booked(hours=200)
    slot = CancellationFactory(clinic=later.clinic, visit_type=later.visit_type)
    about = {"entry__patient": later.patient, "entry__current_appointment": later}
    offer = OfferFactory(cancellation=slot, hold_expires_at=in_hours(1), **about)
    assert accepting.accept(offer_id=offer.pk, now=in_hours(0)) == "won"
    assert states(later) == ["cancelled: visit_cancelled"] * 2
    assert states(Appointment.objects.get(fills_slot=slot.pk)) == ["scheduled"] * 2


def test_logging_a_cancellation_drops_the_reminders_of_the_visit_at_that_time() -> None:
    visit = booked()
    slot = opening.NewSlot(
        clinic_id=visit.clinic_id,
        provider_id=visit.provider_id,
        visit_type_id=visit.visit_type_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
    )
    opening.open_slot(slot=slot, by="frontdesk", now=in_hours(0))
    assert states(visit) == ["cancelled: visit_cancelled"] * 2


def test_what_was_booked_before_there_were_reminders_is_planned_once(now: datetime) -> None:
    visits = [AppointmentFactory(created_at=now) for _ in range(5)]
    AppointmentFactory(clinic=ClinicFactory(reminder_minutes=[]), created_at=now)
    assert planning.plan_missing(now=now, at_once=2) == 10
    assert planning.plan_missing(now=now, at_once=2) == 0
    assert {len(states(visit)) for visit in visits} == {2}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("reminder_unsent_has_reason", {"status": "skipped", "reason": ""}),
        ("reminder_unsent_has_reason", {"status": "scheduled", "reason": "too_late"}),
        ("reminder_sent_has_time", {"status": "sent", "sent_at": None, "handed_at": None}),
        ("reminder_status_known", {"status": "lost"}),
        ("reminder_is_before_the_visit", {"minutes_before": 0}),
    ],
)
def test_the_database_holds_what_a_reminder_is(constraint: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        in_state(**{"status": ReminderStatus.SCHEDULED, **fields})


def test_the_database_holds_one_reminder_per_visit_and_moment() -> None:
    first = in_state(ReminderStatus.SCHEDULED)
    with pytest.raises(IntegrityError, match="reminder_once"):
        in_state(ReminderStatus.SCHEDULED, appointment=first.appointment)


@pytest.mark.parametrize(
    "changes",
    [{"phone": "+13125550142"}, {"email": "alice@example.org"}, {"phone": "+13125550142", "email": ""}],
)
def test_a_phone_that_is_entered_later_brings_back_the_reminders_that_are_still_ahead(
    now: datetime, changes: dict[str, str]
) -> None:
    visit = booked(hours=72, phone="", email="")
    assert states(visit) == ["skipped: no_contact"] * 2
    later = now + timedelta(hours=50)
    with time_machine.travel(later, tick=False):
        registering.update(patient_id=visit.patient_id, changes=changes, by="frontdesk", now=later)
    assert states(visit) == ["skipped: no_contact", "scheduled"]
    assert dues(visit)[1] == visit.starts_at - timedelta(hours=2)


def test_nothing_is_planned_again_of_a_visit_that_is_off_or_was_given_up_for_another_reason(
    now: datetime,
) -> None:
    off, other = booked(phone="", email=""), booked()
    cancelling.cancel(appointment_id=off.pk, by="desk", now=now)
    Reminder.objects.filter(appointment=other).update(status="skipped", reason="opted_out")
    assert planning.plan_again(patient_id=off.patient_id, now=now) == 0
    assert planning.plan_again(patient_id=other.patient_id, now=now) == 0
