"""What went wrong in other systems: waiting lists, booking calendars, senders of texts."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from clinic import booking
from clinic.models import Appointment
from messaging.models import Message
from offers import accepting, explaining
from tests.factories import PatientFactory
from tests.offers.journey import Journey, status_of
from tests.races.race import World, at_once
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db(transaction=True)
STAFF = 5


def test_who_has_opted_out_is_not_texted_again(journey: Journey) -> None:
    alice = journey.waiting()
    journey.says(alice, "STOP")
    journey.asked()
    assert journey.hears(alice) == []


def test_a_doubled_yes_books_once(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "YES")
    journey.says(alice, "YES")
    assert Appointment.objects.count() == 1


def test_five_users_who_fill_one_slot_at_once_book_it_once() -> None:
    slot = World.make(people=0).opened()
    callers = PatientFactory.create_batch(STAFF)
    fill = partial(accepting.fill, cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    at_once(*[partial(fill, patient_id=caller.pk) for caller in callers])
    assert Appointment.objects.active().count() == 1


def test_a_provider_is_never_booked_twice_at_one_time() -> None:
    world, starts_at, refused = World.make(people=0), timezone.now() + timedelta(days=2), []

    def book(patient_id: int, minutes: int) -> None:
        begins = starts_at + timedelta(minutes=minutes)
        new = booking.NewBooking(
            clinic_id=world.clinic.pk,
            provider_id=world.provider.pk,
            patient_id=patient_id,
            visit_type_id=world.visit_type.pk,
            starts_at=begins,
            ends_at=begins + timedelta(minutes=30),
        )
        try:
            booking.book(booking=new, by="frontdesk", now=timezone.now())
        except booking.SlotTaken:
            refused.append(patient_id)

    patients = PatientFactory.create_batch(STAFF)
    at_once(*[partial(book, patient.pk, 5 * number) for number, patient in enumerate(patients)])
    assert (Appointment.objects.active().count(), len(refused)) == (1, STAFF - 1)


def test_a_text_that_failed_is_not_marked_as_sent(journey: Journey) -> None:
    journey.waiting()
    journey.twilio.always = "400:30003"
    journey.asked()
    text = Message.objects.get()
    assert (text.status, text.sent_at, text.twilio_sid, text.error_code) == ("failed", None, None, "30003")


def test_the_first_in_line_is_asked_and_not_the_last(journey: Journey) -> None:
    first, second, last = (journey.waiting() for _ in range(3))
    journey.asked()
    assert journey.hears(first) == journey.hears(second) == ["offer"]
    assert journey.hears(last) == []


def test_whoever_was_not_asked_has_a_reason(journey: Journey) -> None:
    asked, silent = journey.waiting(), journey.waiting(patient__sms_consent=False)
    slot = journey.asked()
    reasons = {found.entry_id: found.reason for found in explaining.decisions(cancellation=slot)}
    assert reasons == {asked.pk: Reason.ELIGIBLE, silent.pk: Reason.NO_CONSENT}
    assert Reason.NO_CONSENT.sentence


def test_nobody_is_asked_once_the_visit_has_begun(journey: Journey) -> None:
    journey.waiting()
    journey.twilio.always = "429"
    slot = journey.asked(hours=2)
    journey.clock.move_to(slot.starts_at)
    journey.twilio.always = ""
    journey.wait(minutes=1)
    assert (journey.twilio.taken, status_of(slot)) == ([], "unfilled: too_late")


def test_the_same_person_is_not_asked_again_for_the_same_slot(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "NO")
    journey.wait(hours=3)
    journey.waiting()
    journey.work()
    assert journey.hears(alice) == ["offer", "reply"]


@pytest.mark.parametrize("fault", ["drop", "500_after", "not_json"])
def test_an_unclear_answer_of_the_provider_sends_nothing_again(journey: Journey, fault: str) -> None:
    alice = journey.waiting()
    journey.twilio.faults = [fault]
    journey.asked()
    for _ in range(4):
        journey.wait(minutes=1)
    assert journey.hears(alice) == ["offer"]
