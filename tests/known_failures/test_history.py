"""Was: work every two seconds that grew with the list and with years of visits and offers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import booking
from clinic.models import Appointment
from offers import sweeping, withdrawing
from offers.models import Offer
from tests.factories import AppointmentFactory, CancellationFactory, OfferFactory, in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def plans() -> None:
    """Tables of tests are small: an index is taken only where reading a whole table is forbidden."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE) {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.usefixtures("plans")
def test_the_sweep_reads_no_table_from_end_to_end() -> None:
    OfferFactory(status="expired")
    OfferFactory(hold_expires_at=in_hours(1))
    with CaptureQueriesContext(connection) as asked:
        sweeping.sweep_slots(now=timezone.now())
    plans = [plan_of(query["sql"]) for query in asked.captured_queries if "SELECT" in query["sql"][:6]]
    assert [plan for plan in plans if "Seq Scan" in plan and "clinic_clinic" not in plan] == []


@pytest.mark.usefixtures("plans")
def test_the_sweep_goes_from_the_open_questions_to_their_entries() -> None:
    OfferFactory(status="expired")
    left = OfferFactory(entry__status="removed")
    with CaptureQueriesContext(connection) as asked:
        assert sweeping._orphaned() == [left.pk]
    plan = plan_of(asked.captured_queries[0]["sql"])
    assert "Index Scan using offer_open" in plan
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("plans")
def test_whether_a_provider_is_busy_begins_near_the_time_in_question() -> None:
    visit = AppointmentFactory()
    # Of an index by the time alone they make much of the way; as long as nobody is in it both cost the same.
    AppointmentFactory.create_batch(30, starts_at=visit.starts_at, ends_at=visit.ends_at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clinic_appointment")
    then = Appointment.objects.active().overlapping(visit.starts_at, visit.ends_at)
    plan = plan_of_queryset(then.filter(provider=visit.provider))
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "provider_id = " in condition, plan
    assert "starts_at > " in condition
    assert "starts_at < " in condition


def plan_of_queryset(rows: object) -> str:
    with CaptureQueriesContext(connection) as asked:
        assert len(list(rows)) == 1  # type: ignore[call-overload]
    return plan_of(asked.captured_queries[0]["sql"])


def test_a_visit_of_twelve_hours_is_found_from_its_last_minute() -> None:
    visit = AppointmentFactory(starts_at=in_hours(24), ends_at=in_hours(36))
    late = visit.ends_at - timedelta(minutes=1)
    assert Appointment.objects.overlapping(late, late + timedelta(minutes=30)).get() == visit
    slot = CancellationFactory(provider=visit.provider, starts_at=late, ends_at=late + timedelta(hours=1))
    assert withdrawing.booked_elsewhere(appointment_id=visit.pk, now=timezone.now()) == 1
    slot.refresh_from_db()
    assert slot.status == "withdrawn"


def test_no_visit_is_longer_than_twelve_hours() -> None:
    visit = AppointmentFactory()
    with pytest.raises(IntegrityError, match="appointment_within_12_hours"), transaction.atomic():
        Appointment.objects.update(ends_at=visit.starts_at + timedelta(hours=12, seconds=1))
    starts_at = in_hours(50)
    new = booking.NewBooking(
        clinic_id=visit.clinic_id,
        provider_id=visit.provider_id,
        patient_id=visit.patient_id,
        visit_type_id=visit.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=13),
        is_fact=True,
    )
    with pytest.raises(booking.BadTime, match="12 hours"):
        booking.book(booking=new, by="feed", now=timezone.now())
    assert Offer.objects.count() == 0
