"""What a booking leaves behind, what speaks against one, and what becomes of a visit."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic import attending, booking, cancelling, scheduling
from clinic.models import Appointment, ClinicFile, Closure, FileCount, Notice, ProviderHours, Resource
from core.models import AuditEvent
from core.transitions import StaleState
from messaging.models import Message
from offers import opening, reopening
from tests.factories import AppointmentFactory, CancellationFactory, WaitlistEntryFactory, in_hours
from tests.outreach.reminding import booked, day_clinic, states
from waitlist import joining, moving
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def wanted(visit: Appointment, *, hours: float = 100, **changes: Any) -> booking.NewBooking:
    """Another visit like this one."""
    starts_at = in_hours(hours)
    usual = {
        "clinic_id": visit.clinic_id,
        "provider_id": visit.provider_id,
        "patient_id": visit.patient_id,
        "visit_type_id": visit.visit_type_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
    }
    return booking.NewBooking(**{**usual, **changes})


def test_the_first_visit_at_a_clinic_opens_its_file_and_the_next_one_does_not() -> None:
    clinic = day_clinic(code="LAKE")
    first, second = booked(clinic=clinic), booked(clinic=clinic)
    booking.book(booking=wanted(first), by="frontdesk", now=timezone.now())
    files = ClinicFile.objects.order_by("seq")
    numbers = [f"{visit.patient_id:06d}-LAKE-{seq}" for seq, visit in enumerate((first, second), start=1)]
    assert [file.number for file in files] == numbers
    assert [file.provider_id for file in files] == [first.provider_id, second.provider_id]
    assert FileCount.objects.get().last == 2


def test_a_booking_that_is_undone_leaves_no_gap() -> None:
    clinic = day_clinic()
    first = booked(clinic=clinic)
    other = AppointmentFactory().patient
    taken = wanted(first, hours=72, patient_id=other.pk)
    with pytest.raises(booking.SlotTaken):
        booking.book(booking=taken, by="frontdesk", now=timezone.now())
    booked(clinic=clinic)
    assert sorted(ClinicFile.objects.values_list("seq", flat=True)) == [1, 2]


def test_a_provider_is_told_of_what_is_booked_moved_and_cancelled() -> None:
    visit = booked()
    moved = booking.reschedule(appointment_id=visit.pk, starts_at=in_hours(90), by="desk", now=in_hours(0))
    cancelling.cancel(appointment_id=moved.pk, by="desk", now=in_hours(0))
    told = Notice.objects.order_by("pk").values_list("provider_id", "appointment_id", "about")
    provider = visit.provider_id
    assert list(told) == [
        (provider, visit.pk, "booked"),
        (provider, moved.pk, "moved"),
        (provider, moved.pk, "cancelled"),
    ]


def test_staff_book_against_a_warning_with_a_reason_and_never_against_a_block() -> None:
    visit = booked()
    ProviderHours.objects.create(
        provider=visit.provider, clinic=visit.clinic, weekday=0, start=time(0), end=time(0, 5)
    )
    now = timezone.now()
    with pytest.raises(scheduling.Conflicting) as warned:
        scheduling.schedule(booking=wanted(visit), by="desk", now=now)
    assert [conflict.code for conflict in warned.value.found] == ["outside_hours"]
    scheduling.schedule(booking=wanted(visit, override="asked for it"), by="desk", now=now)
    line = AuditEvent.objects.filter(verb="appointment.booked").order_by("pk").last()
    assert line is not None
    assert line.reason == "asked for it (against outside_hours)"
    day = in_hours(150).astimezone(visit.clinic.zone).date()
    Closure.objects.create(clinic=visit.clinic, first_on=day, last_on=day)
    with pytest.raises(scheduling.Conflicting):
        scheduling.schedule(booking=wanted(visit, hours=150, override="all the same"), by="desk", now=now)


def test_a_room_has_one_visit_at_a_time_and_a_fact_is_stored_and_flagged() -> None:
    visit = booked()
    room = Resource.objects.create(clinic=visit.clinic, name="Room 1", kind="room")
    first = wanted(visit, resource_ids=(room.pk,))
    held = booking.book(booking=first, by="desk", now=timezone.now())
    elsewhere = booked(clinic=visit.clinic)
    second = wanted(elsewhere, resource_ids=(room.pk,))
    with pytest.raises(booking.ResourceTaken):
        booking.book(booking=second, by="desk", now=timezone.now())
    fact = booking.book(booking=wanted(visit, is_fact=True), by="feed", now=timezone.now())
    rows = Appointment.objects.select_related("clinic", "visit_type")
    found = scheduling.found_in([rows.get(pk=fact.pk)])[fact.pk]
    assert [conflict.code for conflict in found] == ["provider_busy", "patient_busy"]
    assert list(held.resources.all()) == [room]


def test_a_room_of_another_clinic_is_none() -> None:
    visit, room = booked(), Resource.objects.create(clinic=day_clinic(), name="Room 1", kind="room")
    with pytest.raises(booking.ResourceTaken):
        booking.book(booking=wanted(visit, resource_ids=(room.pk,)), by="desk", now=timezone.now())
    assert Appointment.objects.get() == visit


@pytest.mark.parametrize(("hours", "status"), [(-24.4, "booked"), (-24.6, "no_show")])
def test_who_is_not_seen_until_the_clinics_delay_is_a_no_show(hours: float, status: str) -> None:
    visit = AppointmentFactory(starts_at=timezone.now() + timedelta(hours=hours))
    arrived = AppointmentFactory(starts_at=in_hours(-60), status="arrived")
    AppointmentFactory(starts_at=in_hours(-60), is_fact=True)
    never = AppointmentFactory(starts_at=in_hours(-60), clinic__no_show_minutes=None)
    assert attending.sweep_missed(now=timezone.now()) == (status == "no_show")
    rows = Appointment.objects.in_bulk()
    assert [rows[each.pk].status for each in (visit, arrived, never)] == [status, "arrived", "booked"]
    assert attending.sweep_missed(now=timezone.now()) == 0


def test_a_visit_that_is_moved_frees_its_time_for_the_waitlist() -> None:
    visit = booked()
    booking.reschedule(appointment_id=visit.pk, starts_at=in_hours(90), by="desk", now=in_hours(0))
    slot = opening.open_freed(appointment_id=visit.pk, now=in_hours(0))
    assert slot is not None
    assert (slot.starts_at, slot.provider_id) == (visit.starts_at, visit.provider_id)
    kept = booked()
    booking.reschedule(
        appointment_id=kept.pk, starts_at=in_hours(90), by="desk", now=in_hours(0), offer_slot=False
    )
    assert opening.open_freed(appointment_id=kept.pk, now=in_hours(0)) is None


def test_a_winner_who_is_moved_gives_the_slot_back_and_waits_no_longer() -> None:
    slot = CancellationFactory(status="filled", next_step_at=None, closed_at=timezone.now())
    visit = AppointmentFactory(
        clinic=slot.clinic, provider=slot.provider, starts_at=slot.starts_at, fills_slot=slot.pk
    )
    entry = WaitlistEntryFactory(patient=visit.patient, status="matched", changed_at=visit.created_at)
    booking.reschedule(appointment_id=visit.pk, starts_at=in_hours(90), by="desk", now=in_hours(0))
    again = reopening.slot_freed(appointment_id=visit.pk, now=in_hours(0))
    assert again is not None
    assert (again.pk, again.status) == (slot.pk, "offering")
    entry.refresh_from_db()
    assert entry.status == "matched"


@pytest.mark.parametrize(("waits_on", "status"), [(True, "waiting"), (False, "removed")])
def test_who_is_moved_goes_on_waiting_or_not(waits_on: bool, status: str) -> None:
    visit = booked()
    entry = joining.want_earlier(appointment_id=visit.pk, by="desk", now=timezone.now())
    moved = moving.move(
        appointment_id=visit.pk, starts_at=in_hours(90), by="desk", now=timezone.now(), waits_on=waits_on
    )
    entry.refresh_from_db()
    assert (entry.status, entry.current_appointment_id) == (status, moved.pk if waits_on else visit.pk)
    with pytest.raises(StaleState):
        moving.move(appointment_id=visit.pk, starts_at=in_hours(95), by="desk", now=timezone.now())


def test_only_of_a_visit_that_is_to_come_there_is_an_earlier_one() -> None:
    visit = AppointmentFactory(status="cancelled")
    with pytest.raises(StaleState):
        joining.want_earlier(appointment_id=visit.pk, by="desk", now=timezone.now())
    assert not WaitlistEntry.objects.exists()


@pytest.mark.parametrize(("status", "ways"), [("no_show", {"completed"}), ("completed", set())])
def test_what_became_of_a_visit_is_final_but_for_a_no_show(status: str, ways: set[str]) -> None:
    for to in attending.ON_THE_DAY:
        visit = AppointmentFactory(status=status, starts_at=in_hours(-1))
        if to in ways:
            attending.set_status(appointment_id=visit.pk, to=to, by="desk", now=timezone.now())
            continue
        with pytest.raises(StaleState):
            attending.set_status(appointment_id=visit.pk, to=to, by="desk", now=timezone.now())


def test_arriving_takes_the_reminders_back() -> None:
    visit = booked()
    now = visit.starts_at - timedelta(hours=3)
    attending.set_status(appointment_id=visit.pk, to="arrived", by="desk", now=now)
    assert states(visit) == ["cancelled: not_booked"] * 2


@pytest.mark.parametrize(
    ("to", "hours", "is_taken"),
    [
        ("arrived", 13, False),
        ("completed", 13, False),
        ("no_show", 0.1, False),
        ("arrived", 11, True),
        ("completed", 11, True),
        ("no_show", 0, True),
    ],
)
def test_nobody_came_or_was_missed_long_before_the_visit(to: str, hours: float, is_taken: bool) -> None:
    visit = booked(hours=72)
    now = visit.starts_at - timedelta(hours=hours)
    if is_taken:
        attending.set_status(appointment_id=visit.pk, to=to, by="desk", now=now)
    else:
        with pytest.raises(StaleState, match="still to come"):
            attending.set_status(appointment_id=visit.pk, to=to, by="desk", now=now)
    visit.refresh_from_db()
    assert visit.status == (to if is_taken else "booked")
    assert states(visit) == (["cancelled: not_booked"] if is_taken else ["scheduled"]) * 2


def test_a_visit_is_not_moved_to_where_it_stands() -> None:
    visit = booked()
    with pytest.raises(booking.BadTime):
        moving.move(appointment_id=visit.pk, starts_at=visit.starts_at, by="desk", now=timezone.now())
    visit.refresh_from_db()
    assert (visit.status, Message.objects.filter(kind="confirmation").count()) == ("booked", 1)


def test_a_booking_owes_its_confirmation_once_and_a_move_another() -> None:
    visit = booked()
    booking.reschedule(appointment_id=visit.pk, starts_at=in_hours(90), by="desk", now=in_hours(0))
    told = Message.objects.filter(kind="confirmation").order_by("pk")
    assert [text.template.split("/")[0] for text in told] == ["booked", "moved"]
    assert booked(phone="", email="").pk
    assert told.count() == 2


def test_days_that_end_before_they_begin_are_refused() -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        Closure(first_on=date(2026, 3, 2), last_on=date(2026, 3, 1)).clean()
    with pytest.raises(ValidationError):
        ProviderHours(start=time(9), end=time(9)).clean()
