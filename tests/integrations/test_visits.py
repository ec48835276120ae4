"""What becomes of our calendar when a source says how a visit stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Appointment, Consent, Notice, Patient
from integrations.facts import Code, Doubt, Park, Standing, Why
from integrations.models import FeedCode, Parked, Todo, VisitLink
from messaging.models import Message
from offers.models import Cancellation
from tests.factories import AppointmentFactory, ProviderFactory
from tests.integrations.feed import ANA, Feed

pytestmark = pytest.mark.django_db


def test_a_booking_is_stored_as_a_fact_of_a_new_patient_without_consent(feed: Feed) -> None:
    assert feed.says(feed.visit()).status == "handled"
    visit = Appointment.objects.select_related("patient").get()
    assert (visit.status, visit.is_fact, visit.source) == ("booked", True, "feed")
    assert (visit.provider, visit.visit_type, visit.clinic) == (feed.provider, feed.kind, feed.clinic)
    assert (visit.patient.last_name, visit.patient.phone) == ("Lopez", "+13125550142")
    assert not visit.patient.sms_consent
    assert not Consent.objects.exists()


def test_where_the_other_system_confirms_nobody_is_texted_about_a_booking(feed: Feed) -> None:
    feed.source.confirms_bookings = False
    feed.source.save()
    feed.says(feed.visit())
    assert not Message.objects.filter(kind="confirmation").exists()


def test_a_booking_of_a_source_is_confirmed_as_every_booking(feed: Feed) -> None:
    feed.says(feed.visit())
    assert Message.objects.filter(kind="confirmation").count() == 1


def test_the_same_booking_twice_is_one_visit(feed: Feed) -> None:
    fact = feed.visit()
    feed.says(fact)
    feed.says(fact)
    assert len(feed.visits()) == 1


def test_a_visit_that_is_moved_is_a_new_row_and_its_old_time_is_free(feed: Feed) -> None:
    feed.says(feed.visit())
    later = feed.starts_at + timedelta(days=1)
    feed.says(feed.visit(starts_at=later, ends_at=later + timedelta(minutes=30)))
    old, new = feed.visits()
    assert (old.status, old.offer_slot, new.status, new.starts_at) == ("rescheduled", True, "booked", later)
    assert new.moved_from == old


def test_a_cancellation_frees_the_time_after_the_settle_time(feed: Feed) -> None:
    feed.says(feed.visit())
    feed.says(feed.visit(Standing.CANCELLED))
    visit = Appointment.objects.get()
    assert (visit.status, visit.offer_slot, visit.ask_first) == ("cancelled", True, False)
    assert visit.offer_from == timezone.now() + timedelta(seconds=90)


@pytest.mark.parametrize(("is_said_anew", "ask_first"), [(False, True), (True, False)])
def test_a_time_in_doubt_waits_for_a_person_until_it_is_said_anew(
    feed: Feed, is_said_anew: bool, ask_first: bool
) -> None:
    feed.says(feed.visit(doubts=(Doubt.TIMES_DISAGREE,)))
    if is_said_anew:
        feed.says(feed.visit())
    feed.says(feed.visit(Standing.CANCELLED))
    visit = Appointment.objects.get()
    assert (visit.status, visit.ask_first) == ("cancelled", ask_first)


def test_a_time_in_doubt_that_a_move_leaves_waits_for_a_person(feed: Feed) -> None:
    feed.says(feed.visit(doubts=(Doubt.ABSURD_LENGTH,)))
    later = feed.starts_at + timedelta(days=1)
    feed.says(feed.visit(starts_at=later, ends_at=later + timedelta(minutes=30)))
    assert [visit.ask_first for visit in feed.visits()] == [True, False]


def test_a_cancellation_of_an_unknown_visit_leaves_a_tombstone(feed: Feed) -> None:
    cancelled = feed.visit(Standing.CANCELLED)
    late = feed.visit(said_at=cancelled.said_at - timedelta(minutes=1))
    assert feed.says(cancelled).status == "handled"
    assert feed.says(late).status == "handled"
    assert feed.visits() == []
    assert VisitLink.objects.get().appointment is None


def test_a_later_booking_stands_on_a_tombstone(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit(Standing.CANCELLED))
    clock.shift(60)
    feed.says(feed.visit())
    assert [visit.status for visit in feed.visits()] == ["booked"]


def test_a_no_show_is_never_offered(feed: Feed) -> None:
    feed.says(feed.visit())
    feed.says(feed.visit(Standing.NO_SHOW))
    assert [(visit.status, visit.offer_slot) for visit in feed.visits()] == [("no_show", False)]


@pytest.mark.parametrize("standing", [Standing.ARRIVED, Standing.COMPLETED])
def test_a_visit_stands_as_the_source_says(feed: Feed, standing: Standing) -> None:
    feed.says(feed.visit())
    feed.says(feed.visit(standing))
    assert [visit.status for visit in feed.visits()] == [standing.value]


def test_an_arrival_can_be_taken_back(feed: Feed, clock: time_machine.Traveller) -> None:
    for standing in (Standing.BOOKED, Standing.ARRIVED, Standing.BOOKED):
        clock.shift(1)
        feed.says(feed.visit(standing))
    assert [visit.status for visit in feed.visits()] == ["booked"]


def test_a_visit_that_is_called_off_twice_with_a_no_show_between_is_off(
    feed: Feed, clock: time_machine.Traveller
) -> None:
    for standing in (Standing.BOOKED, Standing.CANCELLED, Standing.NO_SHOW, Standing.CANCELLED):
        feed.says(feed.visit(standing))
        clock.shift(60)
    assert [visit.status for visit in feed.visits()] == ["cancelled"]
    assert Notice.objects.filter(about="cancelled").count() == 1


def test_of_two_words_of_one_moment_the_end_counts(feed: Feed) -> None:
    cancelled, booked = feed.visit(Standing.CANCELLED), feed.visit()
    feed.says(booked)
    feed.says(cancelled)
    feed.says(feed.visit(said_at=booked.said_at))
    assert [visit.status for visit in feed.visits()] == ["cancelled"]


@pytest.mark.parametrize(
    ("part", "code"), [("provider", "DR9"), ("visit_type", "LASER"), ("clinic", "NORTH")]
)
def test_an_unknown_code_waits_for_a_person(feed: Feed, part: str, code: str) -> None:
    named: dict[str, Any] = {part: Code(value=code, text="Who?")}
    assert feed.says(feed.visit(**named)).status == "parked"
    item = Parked.objects.get()
    assert (item.why, item.code_kind, item.code, item.code_text) == ("unknown_code", part, code, "Who?")
    assert feed.visits() == []


def test_a_provider_who_is_none_of_ours_takes_a_visit_out_of_our_calendar(feed: Feed) -> None:
    FeedCode.objects.create(source=feed.source, kind="provider", value="ELSE", ignored=True)
    feed.says(feed.visit())
    assert feed.says(feed.visit(provider=Code(value="ELSE"))).status == "handled"
    assert [visit.status for visit in feed.visits()] == ["cancelled"]
    feed.says(feed.visit(keys=("A2",), provider=Code(value="ELSE"), person=None))
    assert len(feed.visits()) == 1


def test_a_visit_that_we_booked_is_known_again_and_not_booked_twice(feed: Feed) -> None:
    feed.says(
        feed.visit(Standing.BOOKED, keys=("A0",), starts_at=feed.starts_at + timedelta(days=3), ends_at=None)
    )
    ours = AppointmentFactory(
        clinic=feed.clinic,
        provider=feed.provider,
        visit_type=feed.kind,
        patient=Patient.objects.get(),
        starts_at=feed.starts_at,
    )
    feed.says(feed.visit())
    assert VisitLink.objects.get(appointment=ours).keys.get().key == "A1"
    assert Appointment.objects.filter(starts_at=feed.starts_at).count() == 1


def test_what_we_took_out_stays_out_until_the_source_says_something_new(
    feed: Feed, clock: time_machine.Traveller
) -> None:
    from clinic import cancelling

    feed.says(feed.visit())
    cancelling.cancel(appointment_id=feed.visits()[0].pk, by="desk", now=timezone.now())
    clock.shift(60)
    feed.says(feed.visit())
    assert [visit.status for visit in feed.visits()] == ["cancelled"]
    clock.shift(60)
    later = feed.starts_at + timedelta(days=1)
    feed.says(feed.visit(starts_at=later, ends_at=None))
    assert [visit.status for visit in feed.visits()] == ["cancelled", "booked"]


def test_a_fact_where_we_had_booked_somebody_is_stored_and_left_to_staff(feed: Feed) -> None:
    ours = AppointmentFactory(clinic=feed.clinic, provider=feed.provider, starts_at=feed.starts_at)
    feed.says(feed.visit())
    todo = Todo.objects.get()
    assert (todo.kind, todo.other) == ("conflict", ours)
    assert Appointment.objects.filter(status="booked").count() == 2


@pytest.mark.parametrize("hours", [-1, 13])
def test_an_impossible_length_waits_for_a_person(feed: Feed, hours: int) -> None:
    feed.says(feed.visit(ends_at=feed.starts_at + timedelta(hours=hours)))
    assert Parked.objects.get().why == "bad_time"


def test_a_message_from_the_day_after_tomorrow_waits_for_a_person(feed: Feed) -> None:
    feed.says(feed.visit(said_at=timezone.now() + timedelta(days=2)))
    assert Parked.objects.get().why == "contradiction"


def test_a_reader_that_gives_up_parks_the_message(feed: Feed) -> None:
    feed.says(Park(Why.NO_SUCH_LOCAL_TIME, "SCH-11"))
    item = Parked.objects.get()
    assert (item.why, item.place) == ("no_such_local_time", "SCH-11")


def test_the_other_facts_of_a_message_are_applied_all_the_same(feed: Feed) -> None:
    feed.says(feed.visit(provider=Code(value="DR9")), feed.visit(keys=("A2",)))
    assert len(feed.visits()) == 1
    assert Parked.objects.count() == 1


def test_another_provider_is_another_visit(feed: Feed) -> None:
    other = ProviderFactory(clinics=[feed.clinic])
    FeedCode.objects.create(source=feed.source, kind="provider", value="DR2", provider=other)
    feed.says(feed.visit())
    feed.says(feed.visit(provider=Code(value="DR2")))
    assert [(visit.status, visit.provider) for visit in feed.visits()] == [
        ("rescheduled", feed.provider),
        ("booked", other),
    ]
    # Who has it no longer hears that, as who has it now does.
    told = Notice.objects.order_by("pk").values_list("provider", "about")
    assert list(told) == [(feed.provider.pk, "booked"), (feed.provider.pk, "cancelled"), (other.pk, "moved")]


def test_a_visit_is_named_by_any_of_its_keys(feed: Feed) -> None:
    feed.says(feed.visit(keys=("A1", "B1")))
    feed.says(feed.visit(Standing.CANCELLED, keys=("B1",)))
    assert [visit.status for visit in feed.visits()] == ["cancelled"]


def test_a_cancellation_takes_a_slot_to_the_board_that_waits(feed: Feed) -> None:
    from offers import reopening

    feed.says(feed.visit())
    feed.says(feed.visit(Standing.CANCELLED))
    slot = reopening.slot_freed(appointment_id=feed.visits()[0].pk, now=timezone.now())
    assert slot is not None
    assert (slot.status, slot.next_step_at) == ("open", timezone.now() + timedelta(seconds=90))
    assert Cancellation.objects.count() == 1


def test_ana_is_one_patient_however_often_she_is_named(feed: Feed) -> None:
    feed.says(feed.visit())
    feed.says(feed.visit(keys=("A2",), starts_at=feed.starts_at + timedelta(days=7), ends_at=None))
    assert Patient.objects.count() == 1
    assert ANA.ids == ("MRN-1",)
