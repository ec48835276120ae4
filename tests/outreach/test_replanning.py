"""Reminders follow the contact hours: other hours, another zone, and they are planned anew."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic import arranging, registering
from core.models import AuditEvent
from outreach import planning
from outreach.models import Reminder
from tests.outreach.reminding import booked, day_clinic, handed_over, states
from tests.outreach.test_planning import dues

pytestmark = pytest.mark.django_db


def test_other_contact_hours_of_a_clinic_move_its_reminders_and_those_of_no_other(
    clock: time_machine.Traveller,
) -> None:
    clinic, other = day_clinic(), day_clinic()
    # A visit at nine in Chicago, of which the second reminder is wished for at seven.
    at = datetime(2026, 3, 5, 15, tzinfo=UTC)
    visit, elsewhere = booked(clinic=clinic, at=at), booked(clinic=other, at=at)
    before = dues(visit)
    assert before[1] == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
    values = {"contact_hours_start": time(6), "contact_hours_end": time(20)}
    arranging.arrange(record=clinic, values=values, by="boss", now=timezone.now())
    assert dues(visit) == [at - timedelta(hours=24), at - timedelta(hours=2)]
    assert (dues(elsewhere), states(visit)) == (before, ["scheduled"] * 2)
    assert AuditEvent.objects.get(verb="reminders.replanned").data == {"number": 1}


def test_a_patient_who_has_moved_is_reminded_by_the_clocks_there(now: datetime) -> None:
    # The number is of Chicago, as the clinic: without a zone of its own the patient is on its clocks.
    visit = booked(clinic=day_clinic(), at=datetime(2026, 3, 5, 17, tzinfo=UTC), phone="+13125550150")
    assert dues(visit)[1] == datetime(2026, 3, 5, 15, tzinfo=UTC)
    registering.update(
        patient_id=visit.patient_id, changes={"timezone": "America/Los_Angeles"}, by="desk", now=now
    )
    # Seven in the morning there: half an hour before eight in the evening before.
    assert dues(visit)[1] == datetime(2026, 3, 5, 3, 30, tzinfo=UTC)
    registering.update(patient_id=visit.patient_id, changes={"timezone": ""}, by="desk", now=now)
    assert dues(visit)[1] == datetime(2026, 3, 5, 15, tzinfo=UTC)


def test_hours_that_never_met_and_do_now_bring_the_reminders_back(now: datetime) -> None:
    visit = booked(clinic=day_clinic(), contact_zones="Mars/Phobos")
    assert states(visit) == ["skipped: outside_hours"] * 2
    registering.update(
        patient_id=visit.patient_id, changes={"timezone": "America/Chicago"}, by="desk", now=now
    )
    assert states(visit) == ["scheduled"] * 2


def test_another_list_of_the_clinic_holds_for_visits_that_are_booked_already(now: datetime) -> None:
    clinic, other = day_clinic(), day_clinic()
    at = datetime(2026, 3, 6, 20, tzinfo=UTC)
    visit, elsewhere, soon = booked(clinic=clinic, at=at), booked(clinic=other, at=at), booked(clinic=clinic)
    Reminder.objects.filter(appointment=soon, minutes_before=1440).update(
        status="sent", handed_at=now, sent_at=now
    )
    before = dues(elsewhere)
    arranging.arrange(record=clinic, values={"reminder_minutes": [2880, 120, 60]}, by="boss", now=now)
    assert dues(visit) == [at - timedelta(hours=hours) for hours in (48, 2, 1)]
    assert (dues(elsewhere), states(soon)[1:]) == (before, ["sent", "scheduled", "scheduled"])
    arranging.arrange(record=clinic, values={"reminder_minutes": []}, by="boss", now=now)
    assert (states(visit), states(soon)) == ([], ["sent"])
    arranging.arrange(record=clinic, values={"reminder_minutes": [120]}, by="boss", now=now)
    assert (dues(visit), states(soon)) == ([at - timedelta(hours=2)], ["sent", "scheduled"])


def test_a_new_reminder_and_an_old_one_that_come_to_one_evening_are_one(now: datetime) -> None:
    clinic = day_clinic(reminder_minutes=[120])
    # Of a visit at nine: at seven in the morning, and at eleven in the evening before.
    visit = booked(clinic=clinic, at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    arranging.arrange(record=clinic, values={"reminder_minutes": [600, 120]}, by="boss", now=now)
    assert states(visit) == ["skipped: one_is_enough", "scheduled"]


def test_a_list_that_cannot_be_followed_is_not_stored(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = day_clinic()
    visit = booked(clinic=clinic)
    monkeypatch.setattr(planning, "replan", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        arranging.arrange(record=clinic, values={"reminder_minutes": [60]}, by="boss", now=now)
    clinic.refresh_from_db()
    assert (clinic.reminder_minutes, len(dues(visit))) == ([1440, 120], 2)


def test_what_would_be_late_by_the_new_hours_or_has_gone_out_stays(clock: time_machine.Traveller) -> None:
    clinic = day_clinic(contact_hours_start=time(6))
    # At ten in the evening before, of a visit at nine: seven in the morning is a contact hour, still.
    clock.move_to(datetime(2026, 3, 4, 14, tzinfo=UTC))
    visit = booked(clinic=clinic, at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    clock.move_to(datetime(2026, 3, 5, 4, tzinfo=UTC))
    arranging.arrange(record=clinic, values={"contact_hours_start": time(8)}, by="boss", now=timezone.now())
    assert (states(visit)[1], dues(visit)[1]) == ("scheduled", datetime(2026, 3, 5, 13, tzinfo=UTC))
    row, _ = handed_over()
    assert planning.replan(patient_id=row.appointment.patient_id, now=timezone.now()) == 0
