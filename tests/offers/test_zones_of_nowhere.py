"""A time zone by a name that nobody knows puts aside whoever has it, and nobody else."""

from __future__ import annotations

from datetime import date

import pytest

from offers import measuring
from offers.figures import Period
from ops import invariants
from tests.factories import CancellationFactory
from tests.offers.test_contact_hours import CHICAGO, asked, day_clinic, reasons, slot_at, step, utc, waits
from tests.outreach.reminding import booked, states
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db


def test_a_zone_that_nobody_knows_costs_its_own_patient_the_offer_and_nobody_else() -> None:
    now = utc("2026-03-02T16:00")
    slot = slot_at(now)
    lost, found = waits(slot, "Mars/Phobos", manual_boost=20), waits(slot, CHICAGO)
    assert step(slot, now) == "asked 1"
    assert (asked(slot), reasons(slot)[lost.pk]) == ([found.pk], Reason.OUTSIDE_HOURS)
    visit = booked(clinic=slot.clinic, contact_zones="Mars/Phobos")
    assert states(visit) == ["skipped: outside_hours"] * 2
    broken = dict(invariants.violations(now=now))
    told = broken["a patient's time zones are ones that there are"]
    assert told == sorted([lost.patient_id, visit.patient_id])


def test_a_clinic_s_zone_that_nobody_knows_costs_that_clinic_its_offers_and_no_page_fails() -> None:
    now = utc("2026-03-02T16:00")
    slot = slot_at(now, clinic=day_clinic(timezone="Mars/Phobos"))
    waits(slot, "")
    assert step(slot, now) == "unfilled: call"
    assert slot.clinic.zone.key == "America/Chicago"
    assert "a clinic's time zone is one that there is" in dict(invariants.violations(now=now))


def test_a_clinic_s_zone_that_nobody_knows_is_counted_by_that_of_the_settings() -> None:
    clinic = day_clinic(timezone="Mars/Phobos")
    # Three in the morning in London, and the evening before in Chicago.
    CancellationFactory(clinic=clinic, created_at=utc("2026-03-02T03:00"))
    for day, logged in ((1, 1), (2, 0)):
        period = Period(date(2026, 3, day), date(2026, 3, day))
        found = measuring.summary(period=period, scope=None, now=utc("2026-03-02T16:00"))
        assert found.whole.logged == logged
