"""A patient confirms a visit: once, while it is booked, with its audit line or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clinic import attending
from clinic.states import AppointmentStatus
from core import audit
from core.models import AuditEvent
from core.transitions import StaleState
from tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db


def test_a_booked_visit_is_confirmed_once(now: datetime) -> None:
    visit = AppointmentFactory()
    for minutes in (0, 5):
        at = now + timedelta(minutes=minutes)
        confirmed = attending.confirm(appointment_id=visit.pk, by="patient", now=at)
        assert (confirmed.confirmed_at, confirmed.status) == (now, "booked")
    assert AuditEvent.objects.get(verb="appointment.confirmed").actor == "patient"


@pytest.mark.parametrize("status", [each for each in AppointmentStatus if each != "booked"])
def test_in_every_other_state_it_is_refused(status: str, now: datetime) -> None:
    visit = AppointmentFactory(status=status)
    with pytest.raises(StaleState, match="cannot be confirmed"):
        attending.confirm(appointment_id=visit.pk, by="patient", now=now)
    visit.refresh_from_db()
    assert visit.confirmed_at is None


def test_without_its_audit_line_it_is_not_confirmed(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = AppointmentFactory()
    monkeypatch.setattr(audit, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        attending.confirm(appointment_id=visit.pk, by="patient", now=now)
    visit.refresh_from_db()
    assert visit.confirmed_at is None
