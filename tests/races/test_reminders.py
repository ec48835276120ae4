"""However many workers look after reminders at once, each is planned, sent and answered once."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from clinic import booking, cancelling
from messaging import sweeping
from messaging.models import Kind, Message, SimulatedText
from ops import invariants
from outreach import planning, sending, settling
from outreach.models import Reminder
from tests.factories import in_hours
from tests.outreach.reminding import booked, handed_over, in_state
from tests.races.race import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TIMES = 15


def work() -> None:
    """All that a worker does for reminders."""
    sending.sweep(clock=timezone.now)
    sweeping.sweep_outbox(clock=timezone.now)
    settling.sweep(now=timezone.now())


def test_workers_that_sweep_at_once_send_each_reminder_once() -> None:
    for _ in range(20):
        in_state("scheduled")
    at_once(*[work] * 4)
    work()
    assert set(Reminder.objects.values_list("status", flat=True)) == {"sent"}
    assert Message.objects.filter(kind=Kind.REMINDER).count() == 20
    assert SimulatedText.objects.count() == 20


def test_visits_planned_at_once_have_each_reminder_once() -> None:
    visits = [booked() for _ in range(5)]
    Reminder.objects.all().delete()
    ids = [visit.pk for visit in visits]
    at_once(*[partial(planning.plan, appointment_ids=ids, now=timezone.now())] * 4)
    assert Reminder.objects.count() == 10


def test_a_visit_cancelled_as_its_reminder_leaves_is_reminded_of_before_that_or_never() -> None:
    for _ in range(TIMES):
        reminder, text = handed_over()
        cancel = partial(cancelling.cancel, appointment_id=reminder.appointment_id, by="desk")
        at_once(work, partial(cancel, now=timezone.now()), work)
        work()
        text.refresh_from_db()
        reminder.refresh_from_db()
        assert text.status in ("sent", "skipped")
        assert SimulatedText.objects.filter(to=text.to).count() == (text.status == "sent")
        assert reminder.status == "cancelled" or text.status == "sent"
        assert dict(invariants.violations(now=timezone.now())) == {}


def test_a_visit_moved_as_its_reminder_falls_due_has_reminders_at_one_time_only() -> None:
    for _ in range(TIMES):
        reminder = in_state("scheduled")
        move = partial(booking.reschedule, appointment_id=reminder.appointment_id, by="desk")
        at_once(work, partial(move, starts_at=in_hours(200), now=timezone.now()), work)
        work()
        rows = Reminder.objects.filter(appointment__patient=reminder.appointment.patient)
        waiting = rows.filter(status="scheduled").values_list("appointment_id", flat=True)
        assert reminder.appointment_id not in waiting
        assert len(waiting) == 2
        assert dict(invariants.violations(now=timezone.now())) == {}
