"""Booked, planned, sent, in the weeks when clocks change: no reminder at night, none lost, none doubled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Min
from django.utils import timezone

from clinic.models import Appointment
from outreach import planning
from outreach.models import Reminder
from tests.factories import AppointmentFactory
from tests.outreach.reminding import day_clinic, sweep, texts

pytestmark = pytest.mark.django_db
ZONES = ("America/Chicago", "America/Phoenix", "Europe/Berlin")
# The clocks of one of the zones change in the night to the day after.
CHANGES = [datetime(2026, 3, 7, 6, tzinfo=UTC), datetime(2026, 3, 28, 6, tzinfo=UTC)]
CHANGES += [datetime(2026, 10, 24, 6, tzinfo=UTC), datetime(2026, 10, 31, 6, tzinfo=UTC)]


def visits_around(change: datetime, zone: str) -> list[Appointment]:
    """A visit every eleven hours, at night as well, for three days."""
    now = timezone.now()
    first = AppointmentFactory(clinic=day_clinic(timezone=zone), starts_at=change, created_at=now)
    same: dict[str, Any] = {"clinic": first.clinic, "provider": first.provider, "patient": first.patient}
    same |= {"visit_type": first.visit_type, "created_at": now}
    starts = [change + timedelta(hours=11 * n) for n in range(1, 7)]
    return [first, *(AppointmentFactory(starts_at=at, **same) for at in starts)]


@pytest.mark.parametrize("change", CHANGES, ids=lambda at: f"{at:%m-%d}")
def test_no_reminder_at_night_none_lost_none_doubled(change: datetime, clock: time_machine.Traveller) -> None:
    clock.move_to(change - timedelta(days=4))
    visits = [visit for zone in ZONES for visit in visits_around(change, zone)]
    planning.plan(appointment_ids=[visit.pk for visit in visits])
    waiting = Reminder.objects.filter(status="scheduled")
    while due_at := waiting.aggregate(first=Min("due_at"))["first"]:
        # What its gate held back is looked at again, so that a fault fails here and does not go on for ever.
        now = timezone.now()
        clock.move_to(due_at if due_at > now else now + timedelta(minutes=30))
        sweep()
    rows = Reminder.objects.select_related("appointment__clinic").order_by("pk")
    sent = [row for row in rows if row.status == "sent"]
    walls = [(row.sent_at or change).astimezone(row.appointment.clinic.zone).time() for row in sent]
    assert [wall for wall in walls if not time(8) <= wall < time(20)] == []
    told = Counter(text.related["reminder"] for text in texts())
    assert told == Counter(row.pk for row in sent)
    assert {row.appointment_id for row in sent} == {visit.pk for visit in visits}
    assert {row.reason for row in rows if row.status != "sent"} <= {"one_is_enough"}
