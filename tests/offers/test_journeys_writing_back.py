"""A YES, and an EHR that has to agree: whatever it says, nobody is left in silence or booked twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Appointment
from clinic.states import AppointmentStatus
from integrations import tasks as feed_tasks
from integrations.models import Todo, TodoKind, VisitKey, VisitLink, WriteBack
from integrations.writing_back import by_hand
from messaging.models import Message
from offers.models import Cancellation
from offers.states import CancellationStatus
from tests.factories import AppointmentFactory
from tests.integrations import connecting
from tests.integrations.connecting import Connected
from tests.integrations.ehrs import Mood
from tests.offers.journey import Journey, status_of
from waitlist.models import WaitlistEntry


@pytest.fixture(params=["drchrono"])
def connected(request: pytest.FixtureRequest, journey: Journey, settings: Any) -> Iterator[Connected]:
    there = {"clinic": journey.clinic, "provider": journey.provider, "settings": settings}
    with connecting.connected(request.param, **there) as found:
        yield found


each_ehr = pytest.mark.parametrize("connected", ["hl7", "fhir", "drchrono"], indirect=True)


def works(journey: Journey, **time: float) -> None:
    """Time passes, and the sweeps see to what is due: to the EHR as well."""
    journey.wait(**(time or {"seconds": 6}))
    for _ in range(2):
        feed_tasks.sweep_write_backs.run()
    journey.work()


def two_asked(journey: Journey, connected: Connected) -> tuple[Cancellation, WaitlistEntry, WaitlistEntry]:
    first, second = journey.waiting(), journey.waiting()
    connected.knows(first.patient, second.patient)
    return journey.asked(), first, second


def has_later_visit(journey: Journey, entry: WaitlistEntry) -> Appointment:
    """Somebody who waits for an earlier time than one that is booked already."""
    visit: Appointment = AppointmentFactory(
        clinic=journey.clinic, visit_type=journey.visit_type, patient=entry.patient
    )
    WaitlistEntry.objects.filter(pk=entry.pk).update(current_appointment=visit)
    return visit


@each_ehr
def test_a_yes_is_booked_in_the_ehr(journey: Journey, connected: Connected) -> None:
    slot, first, _ = two_asked(journey, connected)
    journey.says(first, "YES")
    works(journey)
    assert connected.states() == ["book done"]
    assert connected.standing() == ["booked"]
    assert journey.winner(slot) == first.patient_id


@each_ehr
def test_a_yes_that_the_ehr_refuses_is_undone_honestly_and_the_next_is_asked(
    journey: Journey, connected: Connected
) -> None:
    slot, first, _ = two_asked(journey, connected)
    third = journey.waiting()
    connected.ehr.mood = Mood.REFUSES
    journey.says(first, "YES")
    works(journey)
    assert journey.hears(first) in (["offer", "undone"], ["offer", "confirmation", "undone"])
    assert "could not be booked for you after all" in Message.objects.get(kind="undone").body
    works(journey)
    assert (status_of(slot), journey.hears(third)) == ("offering", ["offer"])
    assert connected.standing() == []


def test_the_standby_has_the_slot_that_the_ehr_refused_to_the_winner(
    journey: Journey, connected: Connected
) -> None:
    slot, first, second = two_asked(journey, connected)
    connected.ehr.mood = Mood.HANGS_UP
    journey.says(first, "YES")
    journey.says(second, "YES")
    connected.ehr.mood = Mood.REFUSES_ONCE
    for _ in range(3):
        works(journey, seconds=40)
    assert journey.winner(slot) == second.patient_id
    assert connected.standing() == ["booked"]
    assert journey.hears(first)[-1] == "undone"


def test_a_second_refusal_disappoints_nobody_else_and_waits_for_a_person(
    journey: Journey, connected: Connected
) -> None:
    slot, first, _ = two_asked(journey, connected)
    third = journey.waiting()
    connected.knows(third.patient)
    connected.ehr.mood = Mood.REFUSES
    journey.says(first, "YES")
    works(journey)
    works(journey)
    journey.says(third, "YES")
    works(journey)
    assert journey.hears(third)[-1] == "undone"
    assert status_of(slot) == CancellationStatus.PAUSED


def test_the_later_visit_that_was_given_up_stands_again(journey: Journey, connected: Connected) -> None:
    first = journey.waiting()
    later = has_later_visit(journey, first)
    connected.knows(first.patient)
    journey.asked()
    connected.ehr.mood = Mood.REFUSES
    journey.says(first, "YES")
    works(journey)
    stands = Appointment.objects.active().get(patient=first.patient_id)
    assert (stands.starts_at, stands.provider_id) == (later.starts_at, later.provider_id)
    assert "Your later visit stays as it was" in Message.objects.get(kind="undone").body
    assert not Cancellation.objects.filter(appointment=later).exclude(status="withdrawn").exists()
    first.refresh_from_db()
    assert (first.status, first.current_appointment_id) == ("waiting", stands.pk)
    assert connected.standing() == []


def test_the_later_visit_is_cancelled_there_only_once_the_earlier_is_booked(
    journey: Journey, connected: Connected
) -> None:
    first = journey.waiting()
    later = has_later_visit(journey, first)
    connected.knows(first.patient)
    connected.ehr.taken("WLATER", status="booked", scheduled_time="later")
    link = VisitLink.objects.create(source=connected.source, appointment=later, changed_at=timezone.now())
    VisitKey.objects.create(source=connected.source, key="E1", link=link)
    journey.asked()
    connected.ehr.mood = Mood.IS_BUSY
    journey.says(first, "YES")
    works(journey)
    assert (connected.standing(), connected.states()) == (["booked"], ["cancel queued", "book queued"])
    connected.ehr.mood = Mood.TAKES
    works(journey, seconds=400)
    works(journey)
    assert connected.states() == ["cancel done", "book done"]
    assert connected.standing() == ["cancelled", "booked"]


def test_whose_later_visit_is_given_away_is_told_so_and_called(
    journey: Journey, connected: Connected
) -> None:
    first, other = journey.waiting(), journey.waiting()
    later = has_later_visit(journey, first)
    connected.knows(first.patient)
    journey.asked()
    connected.ehr.stop_listening()
    journey.says(first, "YES")
    AppointmentFactory(provider=later.provider, clinic=journey.clinic, visit_type=journey.visit_type,
                       patient=other.patient, starts_at=later.starts_at)  # fmt: skip
    row = connecting.owed()
    WriteBack.objects.filter(pk=row.pk).update(status="by_hand", next_attempt_at=None)
    by_hand.refuse(write_back_id=row.pk, by="frontdesk", now=timezone.now())
    journey.work()
    assert "your later visit is gone too" in Message.objects.get(kind="undone").body
    assert Todo.objects.get(kind=TodoKind.LOST).appointment_id == row.appointment_id


@each_ehr
def test_a_booking_of_which_nobody_knows_is_asked_about_and_stands_once(
    journey: Journey, connected: Connected
) -> None:
    slot, first, _ = two_asked(journey, connected)
    connected.ehr.mood = Mood.TAKES_AND_HANGS_UP
    journey.says(first, "YES")
    works(journey)
    connected.ehr.mood = Mood.TAKES
    works(journey, seconds=60)
    assert connected.states() == ["book done"]
    assert len(connected.ehr.visits) == 1
    assert Appointment.objects.get(fills_slot=slot.pk).status == AppointmentStatus.BOOKED


def test_an_ehr_that_is_down_delays_the_booking_and_loses_nothing(
    journey: Journey, connected: Connected
) -> None:
    slot, first, _ = two_asked(journey, connected)
    connected.ehr.mood = Mood.IS_BUSY
    journey.says(first, "YES")
    works(journey)
    assert connected.states() == ["book queued"]
    connected.ehr.mood = Mood.TAKES
    works(journey, seconds=400)
    assert connected.states() == ["book done"]
    assert journey.winner(slot) == first.patient_id
