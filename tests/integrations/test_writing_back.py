"""What an EHR has to learn of our bookings: owed with them, told once, asked about where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic import booking, following
from clinic.booking import NewBooking
from clinic.models import Appointment, Clinic
from core import transitions
from core.models import AuditEvent
from integrations.models import Outlet, Source, WriteBack
from integrations.writing_back import by_hand, naming, outlets, sending, sweeping
from tests.integrations import connecting
from tests.integrations.connecting import BY, Connected, book, cancel, every_way, owed, told
from tests.integrations.ehrs import Mood

pytestmark = pytest.mark.django_db


def test_where_no_other_system_keeps_the_calendar_nothing_is_owed(wish: NewBooking) -> None:
    book(wish)
    assert not WriteBack.objects.exists()


def test_a_booking_that_fails_owes_nothing(wish: NewBooking, connected: Connected) -> None:
    with pytest.raises(booking.BadTime):
        book(replace(wish, starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now()))
    assert not WriteBack.objects.exists()


def test_what_the_feed_itself_says_is_not_told_back(wish: NewBooking, connected: Connected) -> None:
    visit = book(replace(wish, source=Appointment.Source.FEED, is_fact=True))
    freed = following.Freed(is_offered=False)
    following.cancel(appointment_id=visit.pk, freed=freed, by="feed", now=timezone.now())
    assert not WriteBack.objects.exists()


@every_way
def test_a_booking_of_staff_is_told_once(wish: NewBooking, connected: Connected) -> None:
    book(wish)
    assert told(owed()) == "done"
    assert told(owed()) == sending.NOT_DUE
    assert (len(connected.ehr.orders), owed().key) == (1, "E1")


@every_way
def test_a_cancelled_booking_is_cancelled_there_too(wish: NewBooking, connected: Connected) -> None:
    visit = book(wish)
    told(owed())
    cancel(visit)
    assert told(owed("cancel")) == "done"
    assert connected.standing()[0] in ("off", "cancelled")


@every_way
def test_a_booking_that_is_moved_is_moved_there(wish: NewBooking, connected: Connected) -> None:
    visit = book(wish)
    told(owed())
    later = visit.starts_at + timedelta(days=1)
    booking.reschedule(appointment_id=visit.pk, starts_at=later, by=BY, now=timezone.now())
    assert told(owed("move")) == "done"
    assert len(connected.ehr.visits) == 1
    assert owed("move").placer == owed().placer


def test_what_was_cancelled_before_anybody_was_told_is_told_to_nobody(
    wish: NewBooking, connected: Connected
) -> None:
    cancel(book(wish))
    assert [told(owed()), told(owed("cancel"))] == ["needless", "needless"]
    assert connected.ehr.orders == []


def test_what_was_moved_before_anybody_was_told_is_booked_where_it_is(
    wish: NewBooking, connected: Connected
) -> None:
    visit = book(wish)
    later = visit.starts_at + timedelta(days=1)
    booking.reschedule(appointment_id=visit.pk, starts_at=later, by=BY, now=timezone.now())
    assert [told(owed()), told(owed("move"))] == ["needless", "done"]
    assert len(connected.ehr.visits) == 1


def test_without_a_program_s_way_staff_enter_it(wish: NewBooking) -> None:
    visit = book(wish)
    assert not WriteBack.objects.exists()
    source = connecting.by_hand(visit.clinic)
    other = book(replace(wish, starts_at=wish.ends_at, ends_at=wish.ends_at + timedelta(minutes=30)))
    row = WriteBack.objects.get(appointment=other, source=source)
    assert told(row) == "by_hand"
    assert list(by_hand.waiting()) == [row]


def test_whoever_has_entered_it_says_so_once(wish: NewBooking) -> None:
    connecting.by_hand(Clinic.objects.get(pk=wish.clinic_id))
    book(wish)
    told(owed())
    by_hand.confirm(write_back_id=owed().pk, by=BY, now=timezone.now())
    assert (owed().status, owed().done_by) == ("done", BY)
    assert AuditEvent.objects.filter(verb="write_back.done", actor=BY).exists()
    with pytest.raises(transitions.StaleState):
        by_hand.confirm(write_back_id=owed().pk, by="manager", now=timezone.now())


def test_a_task_that_is_overtaken_becomes_one_task(wish: NewBooking) -> None:
    connecting.by_hand(Clinic.objects.get(pk=wish.clinic_id))
    visit = book(wish)
    told(owed())
    cancel(visit)
    assert told(owed("cancel")) == "by_hand"
    assert [(row.what, row.reason) for row in by_hand.waiting()] == [("cancel", "may be there")]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("people", "patient unknown there"), ("codes", "no code of the provider")],
)
def test_what_cannot_be_said_in_its_words_waits_for_a_person(
    wish: NewBooking, connected: Connected, missing: str, reason: str
) -> None:
    getattr(connected.source, missing).all().delete()
    Source.objects.get().codes.filter(kind="provider").delete()
    book(wish)
    assert (told(owed()), owed().reason) == ("by_hand", reason)


@every_way
def test_what_staff_booked_and_the_ehr_refuses_waits_for_them(wish: NewBooking, connected: Connected) -> None:
    connected.ehr.mood = Mood.REFUSES
    visit = book(wish)
    assert told(owed()) == "by_hand"
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert owed().reason.startswith("refused ")


@every_way
def test_nobody_knows_and_the_ehr_is_asked_before_anything_is_sent_again(
    wish: NewBooking, connected: Connected
) -> None:
    connected.ehr.mood = Mood.TAKES_AND_HANGS_UP
    book(wish)
    assert told(owed()) == "unknown"
    connected.ehr.mood = Mood.TAKES
    assert told(owed()) == "done"
    assert len(connected.ehr.visits) == 1


@pytest.mark.parametrize("connected", ["fhir", "drchrono"], indirect=True)
def test_what_was_certainly_not_taken_goes_again(wish: NewBooking, connected: Connected) -> None:
    connected.ehr.mood = Mood.HANGS_UP
    book(wish)
    assert told(owed()) == "unknown"
    connected.ehr.mood = Mood.TAKES
    assert [told(owed()), told(owed())] == ["queued", "done"]


@pytest.mark.parametrize("connected", ["hl7"], indirect=True)
def test_where_the_ehr_can_neither_be_asked_nor_dedupes_a_person_looks(
    wish: NewBooking, connected: Connected
) -> None:
    Outlet.objects.update(dedupes=False)
    connected.ehr.mood = Mood.HANGS_UP
    book(wish)
    assert [told(owed()), told(owed())] == ["unknown", "by_hand"]
    assert len(connected.ehr.orders) == 1


def test_after_ten_minutes_of_doubt_a_person_looks(
    wish: NewBooking, connected: Connected, clock: time_machine.Traveller
) -> None:
    connected.ehr.mood = Mood.HANGS_UP
    book(wish)
    told(owed())
    connected.ehr.stop_listening()
    clock.shift(timedelta(minutes=11))
    assert told(owed()) == "by_hand"


def test_a_worker_that_died_in_the_call_leaves_a_row_that_is_asked_about(
    wish: NewBooking, connected: Connected, clock: time_machine.Traveller
) -> None:
    book(wish)
    claimed = sending.claim(write_back_id=owed().pk, now=timezone.now())
    assert isinstance(claimed, sending.Claimed)
    sending.call(claimed)
    clock.shift(sending.LEASE + timedelta(seconds=1))
    sweeping.sweep(clock=timezone.now)
    assert (owed().status, len(connected.ehr.visits), len(connected.ehr.orders)) == ("done", 1, 1)


def test_an_answer_that_comes_after_the_lease_still_counts_where_it_is_certain(
    wish: NewBooking, connected: Connected, clock: time_machine.Traveller
) -> None:
    book(wish)
    claimed = sending.claim(write_back_id=owed().pk, now=timezone.now())
    assert isinstance(claimed, sending.Claimed)
    found = sending.call(claimed)
    clock.shift(sending.LEASE + timedelta(seconds=1))
    sending.release_expired(now=timezone.now())
    assert sending.settle(row=claimed.row, found=found, now=timezone.now()) == "done"


def test_an_adapter_with_a_bug_loses_no_booking(
    wish: NewBooking, connected: Connected, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(order: object) -> None:
        raise ValueError("JANE DOE")

    monkeypatch.setattr("integrations.writing_back.fhir.resource", breaks)
    book(wish)
    assert (told(owed()), owed().reason) == ("by_hand", "program")
    assert "JANE" not in caplog.text


def test_a_secret_rests_sealed(wish: NewBooking, connected: Connected) -> None:
    outlet = Outlet.objects.get()
    outlets.keep_secret(outlet_id=outlet.pk, secret="a-very-secret-key", by="admin", now=timezone.now())
    outlet.refresh_from_db()
    assert b"a-very-secret-key" not in bytes(outlet.secret)
    assert "a-very-secret-key" not in str(list(AuditEvent.objects.values()))


def test_our_numbers_are_told_from_the_keys_of_others() -> None:
    assert naming.OURS.fullmatch("W" + "ABCD2345" * 2)
    assert naming.told(way="drchrono", keys=["W" + "ABCD2345" * 2, "filler 7", "4711"]) == "4711"
    assert naming.told(way="hl7", keys=["placer W1^WAITLIST", "filler 7^EHR #2"]) == "7^EHR #2"
    assert naming.told(way="fhir", keys=["urn:x|1", "Appointment/77"]) == "77"
