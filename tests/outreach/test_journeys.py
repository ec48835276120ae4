"""From a booking to the answer to its reminder, told as given, when, then."""

from __future__ import annotations

import datetime

from django.test import Client
from django.utils import timezone

from clinic import booking, cancelling
from clinic.models import Appointment
from messaging.models import Direction, Message
from outreach.models import Reminder
from tests.factories import PatientFactory
from tests.messaging import posting
from tests.offers.journey import Journey, status_of


def booked(journey: Journey, *, hours: float = 30) -> Appointment:
    """Staff book a visit of somebody new."""
    starts_at = timezone.now() + datetime.timedelta(hours=hours)
    new = booking.NewBooking(
        clinic_id=journey.clinic.pk,
        provider_id=journey.provider.pk,
        patient_id=PatientFactory().pk,
        visit_type_id=journey.visit_type.pk,
        starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(minutes=30),
        tells_patient=False,
    )
    journey.clinic.reminder_minutes = [24 * 60]
    journey.clinic.save()
    return booking.book(booking=new, by="frontdesk", now=timezone.now())


def says(journey: Journey, visit: Appointment, words: str) -> None:
    journey.clock.shift(datetime.timedelta(seconds=5))
    assert posting.text(journey.client, sender=visit.patient.phone, body=words).status_code == 200
    journey.work()


def hears(journey: Journey, visit: Appointment) -> list[str]:
    """The names of the texts that reached the visit's patient."""
    sids = [text.sid for text in journey.twilio.taken if text.to == visit.patient.phone]
    rows = Message.objects.filter(twilio_sid__in=sids, direction=Direction.OUTBOUND).order_by("pk")
    return [name.split("/")[0] for name in rows.values_list("template", flat=True)]


def state_of(visit: Appointment) -> str:
    return Reminder.objects.get(appointment=visit).status


def test_a_reminder_is_answered_with_cant_come_then_1_and_the_slot_is_filled(journey: Journey) -> None:
    # Given Alice, who is reminded of her visit, and Bob, who waits for an earlier one
    visit, bob = booked(journey), journey.waiting()
    journey.wait(hours=6, seconds=1)
    assert (hears(journey, visit), state_of(visit)) == (["reminder"], "sent")
    # When she cannot come, and means it
    says(journey, visit, "Sorry, I can't make it tomorrow")
    assert hears(journey, visit) == ["reminder", "ask_cancel"]
    says(journey, visit, "1")
    assert hears(journey, visit) == ["reminder", "ask_cancel", "visit_cancelled"]
    # Then the time is offered to Bob, who takes it
    journey.wait(seconds=31)
    journey.wait(seconds=1)
    journey.says(bob, "YES")
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert journey.hears(bob)[:2] == ["offer", "confirmation"]
    assert Appointment.objects.active().get().patient == bob.patient


def test_a_reminder_is_confirmed(journey: Journey) -> None:
    visit = booked(journey)
    journey.wait(hours=6, seconds=1)
    says(journey, visit, "C")
    visit.refresh_from_db()
    assert visit.confirmed_at is not None
    assert hears(journey, visit) == ["reminder", "visit_confirmed"]
    assert journey.outcomes() == ["visit_confirmed"]


def test_stop_in_answer_to_a_reminder_ends_the_other_one(journey: Journey) -> None:
    # Given a visit with two reminders, of which one went out
    visit = booked(journey)
    row = Reminder.objects.get(appointment=visit)
    row.pk, row.minutes_before = None, 120
    row.due_at = visit.starts_at - datetime.timedelta(hours=2)
    row.save(force_insert=True)
    journey.wait(hours=6, seconds=1)
    # When the patient says STOP
    says(journey, visit, "STOP")
    journey.wait(hours=22)
    # Then the second one is not sent, and the visit stands
    visit.refresh_from_db()
    assert (hears(journey, visit), visit.status) == (["reminder"], "booked")
    states = Reminder.objects.order_by("-minutes_before").values_list("status", "reason")
    assert list(states) == [("sent", ""), ("skipped", "opted_out")]


def test_a_visit_that_is_cancelled_in_time_is_not_reminded_of(journey: Journey) -> None:
    visit = booked(journey)
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=timezone.now())
    journey.wait(hours=6, seconds=1)
    assert (hears(journey, visit), state_of(visit)) == (["cancelled"], "cancelled")


def test_the_winner_of_a_slot_who_cannot_come_gives_it_back(journey: Journey) -> None:
    # Given Bob, who won a slot and is reminded of it, and Carol, who asks for an earlier time now
    journey.clinic.reminder_minutes = [24 * 60]
    journey.clinic.save()
    bob = journey.waiting()
    slot = journey.asked(hours=30)
    journey.says(bob, "YES")
    carol = journey.waiting()
    journey.wait(hours=6, seconds=1)
    # When he answers the reminder
    journey.says(bob, "can't come")
    journey.says(bob, "1")
    journey.wait(seconds=31)
    # Then the slot is open again, and hers
    journey.says(carol, "YES")
    assert status_of(slot) == "filled"
    assert journey.winner(slot) == carol.patient_id


def test_a_burst_of_answers_to_one_reminder_gets_one_answer_each_and_one_cancellation(
    journey: Journey, client: Client
) -> None:
    visit = booked(journey)
    journey.wait(hours=6, seconds=1)
    says(journey, visit, "no")
    for _ in range(2):
        posting.text(client, sender=visit.patient.phone, body="1")
    journey.work()
    journey.work()
    assert Appointment.objects.get(pk=visit.pk).status == "cancelled"
    assert journey.outcomes().count("visit_cancelled") == 1
    assert journey.outcomes()[-1] == "said_again"
