"""Due reminders go into the outbox, once, and leave only while they are of use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import attending, booking
from messaging import delivery, gate, optout, outbox, stopping, sweeping
from messaging.models import UnusableNumber
from offers import permitting
from outreach import gating, sending
from outreach.models import Reminder
from outreach.states import ReminderStatus
from tests.factories import AppointmentFactory, CancellationFactory, MessageFactory, in_hours
from tests.outreach.reminding import (
    begin,
    booked,
    cancel,
    day_clinic,
    handed_over,
    in_state,
    states,
    sweep,
    texts,
)

pytestmark = pytest.mark.django_db


def due(reminder: Reminder) -> str:
    return sending.remind(reminder_id=reminder.pk, now=timezone.now())


def test_a_due_reminder_is_owed_once_after_everything_that_somebody_waits_for(clock: Any) -> None:
    reminder, text = handed_over()
    visit = reminder.appointment
    assert (text.to, text.logical_key, text.priority) == (visit.patient.phone, f"reminder:{reminder.pk}", 7)
    assert text.related == {
        "appointment": visit.pk,
        "patient": visit.patient_id,
        "clinic": visit.clinic_id,
        "reminder": reminder.pk,
    }
    assert text.template.startswith("reminder/en@")
    assert (reminder.status, reminder.handed_at) == ("scheduled", timezone.now())
    assert due(reminder) == sending.NOT_DUE
    assert len(texts()) == 1


def test_a_text_names_the_visit_on_the_clinics_clock_and_asks_for_c_or_no(clock: Any) -> None:
    visit = AppointmentFactory(
        clinic__sms_name="Lakeside", provider__name="Dr. Bob", starts_at=datetime(2026, 3, 4, 16, tzinfo=UTC)
    )
    _, text = handed_over(appointment=visit)
    assert text.body == (
        "Lakeside: your visit is Wed Mar 4 10:00 AM CST with Dr. Bob."
        " Reply C to confirm, NO if you can't come. STOP to opt out"
    )
    visit.patient.language = "es"
    visit.patient.save()
    _, text = handed_over(appointment=visit, minutes_before=60)
    assert text.body.startswith("Lakeside: le recordamos su cita el mié 4 mar 10:00 AM CST con Dr. Bob.")


@pytest.mark.parametrize("status", [state for state in ReminderStatus if state != "scheduled"])
def test_in_every_other_state_nothing_is_owed(status: str) -> None:
    assert due(in_state(status)) == sending.NOT_DUE
    assert texts() == []


def test_one_that_is_not_due_yet_is_left_alone() -> None:
    assert due(in_state(ReminderStatus.SCHEDULED, due_at=in_hours(1))) == sending.NOT_DUE


def test_without_its_text_a_reminder_is_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    reminder = in_state(ReminderStatus.SCHEDULED)
    monkeypatch.setattr(outbox, "queue", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        due(reminder)
    reminder.refresh_from_db()
    assert reminder.handed_at is None


def test_one_that_raises_steps_aside_and_the_others_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: Any
) -> None:
    bad, good = in_state(ReminderStatus.SCHEDULED), in_state(ReminderStatus.SCHEDULED)
    queue = outbox.queue

    def broken(**given: Any) -> None:
        if given["drafts"][0].key == f"reminder:{bad.pk}":
            raise RuntimeError
        queue(**given)

    monkeypatch.setattr(outbox, "queue", broken)
    assert sending.sweep(clock=timezone.now) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.due_at > timezone.now(), good.handed_at) == (True, timezone.now())
    assert "reminder failed" in caplog.text


def arrive(reminder: Reminder) -> None:
    visit = reminder.appointment_id
    attending.set_status(appointment_id=visit, to="arrived", by="desk", now=timezone.now())


def change_patient(**fields: Any) -> Any:
    def change(reminder: Reminder) -> None:
        patient = reminder.appointment.patient
        for name, value in fields.items():
            setattr(patient, name, value)
        patient.save()

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [(change_patient(phone=""), "no_contact"), (begin, "too_late")],
)
def test_what_is_of_no_use_when_it_is_due_is_skipped(change: Any, reason: str) -> None:
    reminder = in_state(ReminderStatus.SCHEDULED)
    change(reminder)
    assert due(reminder) == reason
    assert states(reminder.appointment) == [f"skipped: {reason}"]
    assert texts() == []


def test_who_is_there_already_is_not_reminded() -> None:
    reminder = in_state(ReminderStatus.SCHEDULED)
    arrive(reminder)
    assert (due(reminder), states(reminder.appointment)) == (sending.NOT_DUE, ["cancelled: not_booked"])


def test_after_an_outage_the_nearest_reminder_alone_goes() -> None:
    late = in_state(ReminderStatus.SCHEDULED, minutes_before=1440)
    in_state(ReminderStatus.SCHEDULED, appointment=late.appointment)
    sweep()
    assert states(late.appointment) == ["skipped: one_is_enough", "sent"]
    assert len(texts()) == 1


def test_it_leaves_with_its_receipt_and_is_of_no_use_after_the_visit_began(clock: Any) -> None:
    reminder, text = handed_over()
    visit, now = reminder.appointment, timezone.now()
    go = gating.may_leave(text, now)
    assert isinstance(go, gate.Go)
    assert go.valid_until == visit.starts_at
    assert go.permission["basis"] == "consent"
    assert go.permission["consent"] == permitting.consent_of(visit.patient, text)
    assert go.permission["hours"]["at"] == {"America/Chicago": "10:00"}
    assert go.permission["template"] == text.template


def move(reminder: Reminder) -> None:
    visit, later = reminder.appointment_id, timezone.now() + timedelta(days=9)
    booking.reschedule(appointment_id=visit, starts_at=later, by="desk", now=timezone.now())


def opt_out(reminder: Reminder) -> None:
    phone = reminder.appointment.patient.phone
    optout.suppress(phone=phone, words="STOP", source="text", now=timezone.now())


def unusable(reminder: Reminder) -> None:
    phone, now = reminder.appointment.patient.phone, timezone.now()
    UnusableNumber.objects.create(phone=phone, code="21614", since=now)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (cancel, "cancelled: visit_cancelled"),
        (move, "cancelled: visit_moved"),
        (opt_out, "skipped: opted_out"),
        (change_patient(status="deceased"), "skipped: not_active"),
        (change_patient(phone="+12125550177"), "skipped: no_consent"),
        (unusable, "skipped: unusable_number"),
    ],
)
def test_what_changes_before_the_text_leaves_stops_it(change: Any, state: str) -> None:
    reminder, text = handed_over()
    change(reminder)
    sweep()
    text.refresh_from_db()
    assert text.status == "skipped"
    assert states(reminder.appointment) == [state]


def test_rule_20_a_text_that_comes_into_the_night_waits_for_the_morning_if_the_visit_does(
    clock: time_machine.Traveller,
) -> None:
    # Given a reminder of a visit tomorrow at 10 that was held until after 20 o'clock
    clock.move_to(datetime(2026, 3, 3, 2, 5, tzinfo=UTC))
    starts_at = datetime(2026, 3, 3, 16, tzinfo=UTC)
    visit = AppointmentFactory(clinic=day_clinic(), starts_at=starts_at)
    _, text = handed_over(appointment=visit)
    sweep()
    text.refresh_from_db()
    assert (text.status, text.next_attempt_at) == ("queued", datetime(2026, 3, 3, 14, tzinfo=UTC))
    # Then it leaves at 8
    clock.move_to(text.next_attempt_at)
    sweep()
    assert states(visit) == ["sent"]


def test_rule_20_and_is_skipped_if_the_visit_comes_first(clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 3, 3, 2, 5, tzinfo=UTC))
    visit = AppointmentFactory(clinic=day_clinic(), starts_at=datetime(2026, 3, 3, 14, tzinfo=UTC))
    handed_over(appointment=visit)
    sweep()
    assert states(visit) == ["skipped: too_late"]
    assert [text.status for text in texts()] == ["skipped"]


def test_rule_10_a_stopped_sender_keeps_the_text_and_the_call_list_names_it(settings: Any) -> None:
    reminder, text = handed_over()
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=timezone.now())
    sweep()
    assert states(reminder.appointment) == ["scheduled"]
    assert list(stopping.call_list()) == [text]


def test_a_sweep_that_finds_nothing_due_asks_once() -> None:
    in_state(ReminderStatus.SCHEDULED, due_at=in_hours(5))
    with CaptureQueriesContext(connection) as queries:
        assert sending.sweep(clock=timezone.now) == 0
    assert len(queries) == 1


def test_an_offer_leaves_before_the_reminders(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        handed_over()
    offer = MessageFactory(priority=1, kind="offer", related={"offer": CancellationFactory().pk})
    order: list[int] = []

    def send(*, message_id: int, clock: Any) -> str:
        order.append(message_id)
        return "sent"

    monkeypatch.setattr(delivery, "send", send)
    sweeping.sweep_outbox(clock=timezone.now)
    assert order[0] == offer.pk


def test_booking_to_sent(clock: time_machine.Traveller) -> None:
    visit = booked(hours=30)
    clock.shift(timedelta(hours=6, seconds=1))
    sweep()
    assert states(visit) == ["sent", "scheduled"]
    clock.shift(timedelta(hours=22))
    sweep()
    assert states(visit) == ["sent", "sent"]
