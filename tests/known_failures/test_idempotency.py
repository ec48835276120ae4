"""Was: one redelivered YES with two open offers booked both slots, and a patient held two slots."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Appointment
from offers.models import Offer
from tests.factories import PatientFactory, ProviderFactory
from tests.messaging import posting
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)
THREE_WAYS = pytest.mark.parametrize("tasks_run", ["usual", "dropped", "doubled"], indirect=True)


@THREE_WAYS
def test_a_redelivered_yes_books_no_second_slot(journey: Journey) -> None:
    # Given a parent and a child on one phone, and a YES that won the first slot for one of them
    parent = journey.waiting()
    child = journey.waiting(patient=PatientFactory(phone=parent.patient.phone))
    first, sid = journey.asked(), posting.new_sid()
    journey.says(parent, "YES", sid=sid)
    second = journey.asked(hours=60)
    assert journey.offer_of(child) == "pending"
    # When the provider delivers the same YES again
    journey.says(parent, "YES", sid=sid)
    # Then the second question is still open
    assert (journey.winner(first), journey.winner(second)) == (parent.patient_id, None)
    assert (journey.offer_of(child), journey.outcomes()) == ("pending", ["won"])


@THREE_WAYS
def test_one_phone_has_one_question_open_at_a_time(journey: Journey) -> None:
    alice = journey.waiting()
    journey.waiting(patient=PatientFactory(phone=alice.patient.phone))
    slots = journey.asked(), journey.asked(hours=60)
    assert Offer.objects.filter(status="pending").count() == 1
    journey.says(alice, "YES")
    assert sum(journey.winner(slot) is not None for slot in slots) == 1


def test_a_patient_never_holds_two_visits_at_one_time(journey: Journey) -> None:
    # Given two wishes of one patient, and two slots at the same time with two providers
    alice = journey.waiting()
    first = journey.asked()
    journey.says(alice, "YES")
    other = journey.waiting(patient=alice.patient)
    journey.provider = ProviderFactory(clinics=[journey.clinic])
    second = journey.asked(hours=(first.starts_at - timezone.now()) / timedelta(hours=1))
    assert (second.starts_at, second.provider_id) == (first.starts_at, journey.provider.pk)
    assert (journey.offer_of(other), journey.winner(second)) == ("", None)
    assert Appointment.objects.active().count() == 1


@THREE_WAYS
def test_every_sweep_again_changes_and_sends_nothing(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    journey.says(alice, "YES")
    for _ in range(3):
        journey.work()
    assert (status_of(slot), len(journey.twilio.taken)) == ("filled", 4)
    assert journey.hears(bob) == ["offer", "taken"]
