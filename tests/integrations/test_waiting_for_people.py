"""What waits because nobody knows the patient goes on by itself once somebody says who it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Appointment, Patient
from core.models import AuditEvent
from integrations import handling, parking
from integrations.facts import MergeFact, Person, PersonFact, Standing
from integrations.models import FeedMessage, Parked
from messaging.models import Message
from tests.factories import PatientFactory
from tests.integrations.feed import ANA, Feed

pytestmark = pytest.mark.django_db

NAMELESS = Person(ids=ANA.ids)


def ana() -> PersonFact:
    return PersonFact(said_at=timezone.now(), person=ANA)


def waits(feed: Feed) -> FeedMessage:
    message = feed.says(feed.visit(person=NAMELESS))
    assert (message.status, Parked.objects.get().why) == ("parked", "unknown_patient")
    return message


@pytest.mark.parametrize("kind", ["hl7", "fhir", "drchrono"])
def test_a_visit_stands_once_its_patient_is_known(feed: Feed, kind: str) -> None:
    feed.source.kind = kind
    feed.source.save(update_fields=["kind"])
    waits(feed)
    feed.says(ana())
    handling.sweep(clock=timezone.now)
    assert Appointment.objects.get().patient.last_name == "Lopez"
    item = Parked.objects.get()
    assert (item.resolution, item.resolved_by, item.reason) == ("replayed", "system", parking.KNOWN)
    assert AuditEvent.objects.get(verb="feed.replayed").reason == parking.KNOWN


def test_it_texts_nobody(feed: Feed) -> None:
    waits(feed)
    feed.says(ana())
    handling.sweep(clock=timezone.now)
    assert Appointment.objects.exists()
    assert not Message.objects.exists()


def test_nothing_is_tried_again_while_nobody_says_who(feed: Feed) -> None:
    message = waits(feed)
    handling.sweep(clock=timezone.now)
    message.refresh_from_db()
    assert (message.status, message.replayed_at, Parked.objects.count()) == ("parked", None, 1)


def test_a_visit_that_was_cancelled_meanwhile_does_not_stand(
    feed: Feed, clock: time_machine.Traveller
) -> None:
    waits(feed)
    clock.shift(60)
    feed.says(feed.visit(Standing.CANCELLED))
    feed.says(ana())
    handling.sweep(clock=timezone.now)
    assert not Appointment.objects.exists()
    assert not parking.waiting().exists()


def test_a_merge_into_somebody_known_lets_it_go_on(feed: Feed) -> None:
    kept = Person(ids=("MRN-9",), first_name="Ana", last_name="Lopez")
    feed.says(
        feed.visit(keys=("A9",), person=kept, starts_at=feed.starts_at + timedelta(days=1), ends_at=None)
    )
    waits(feed)
    feed.says(MergeFact(said_at=timezone.now(), gone=ANA.ids, kept=kept))
    handling.sweep(clock=timezone.now)
    assert (Patient.objects.count(), Appointment.objects.count()) == (1, 2)


def test_somebody_who_may_be_on_the_books_is_still_for_staff(feed: Feed) -> None:
    PatientFactory(first_name="Ana", last_name="Lopez", date_of_birth=ANA.date_of_birth, phone=ANA.phone)
    waits(feed)
    feed.says(ana())
    handling.sweep(clock=timezone.now)
    assert sorted(parking.waiting().values_list("why", flat=True)) == ["same_person", "unknown_patient"]
    asks = parking.waiting().get(why="same_person")
    parking.decide_person(parked_id=asks.pk, is_same=True, by="manager", now=timezone.now())
    handling.sweep(clock=timezone.now)
    assert (Patient.objects.count(), Appointment.objects.count()) == (1, 1)


def test_a_hospital_that_tells_of_everybody_registers_nobody_whose_visit_does_not_wait(feed: Feed) -> None:
    feed.source.kind = "hl7"
    feed.source.save(update_fields=["kind"])
    waits(feed)
    feed.says(
        PersonFact(said_at=timezone.now(), person=Person(ids=("MRN-7",), first_name="B", last_name="C"))
    )
    assert not Patient.objects.exists()
