"""Messages of one visit at one instant, in two workers; a feed against a patient's YES."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from clinic.models import Appointment, Patient
from integrations import handling, receiving
from integrations.facts import Standing
from integrations.models import FeedMessage, Todo, VisitLink
from ops import invariants
from tests.factories import WaitlistEntryFactory
from tests.integrations.feed import Feed
from tests.races.race import TIMES, World, answers, at_once, held, says

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def handled(*messages: FeedMessage) -> None:
    """Every message in a worker of its own, at once."""
    at_once(*[partial(handling.handle, message_id=one.pk, now=timezone.now()) for one in messages])
    # A worker that had to wait too long for a lock steps aside, as the sweep does for it.
    handling.sweep(clock=timezone.now)


def test_a_booking_its_change_and_its_cancellation_at_once_end_cancelled() -> None:
    for number in range(TIMES):
        feed, now = Feed(), timezone.now()
        key, later = (f"A{number}",), feed.starts_at + timedelta(days=1)
        booked = feed.visit(keys=key, said_at=now - timedelta(seconds=3))
        moved = feed.visit(keys=key, said_at=now - timedelta(seconds=2), starts_at=later, ends_at=None)
        off = feed.visit(Standing.CANCELLED, keys=key, said_at=now - timedelta(seconds=1))
        handled(*[feed.sends(fact) for fact in (off, moved, booked)])
        assert VisitLink.objects.filter(source=feed.source).count() == 1
        assert not Appointment.objects.active().filter(clinic=feed.clinic).exists()


def fresh() -> Feed:
    """A feed that tells of somebody whom nobody on the books resembles."""
    Patient.objects.filter(last_name="Lopez").update(phone="")
    return Feed()


def test_one_message_in_two_workers_books_one_visit() -> None:
    for _ in range(TIMES):
        feed = fresh()
        message = feed.sends(feed.visit())
        handled(message, message)
        assert Appointment.objects.filter(clinic=feed.clinic).count() == 1


def test_two_first_visits_of_one_patient_register_one_patient() -> None:
    for _ in range(TIMES):
        feed, before = fresh(), Patient.objects.count()
        second = feed.visit(keys=("A2",), starts_at=feed.starts_at + timedelta(days=1), ends_at=None)
        handled(feed.sends(feed.visit()), feed.sends(second))
        assert Patient.objects.count() == before + 1
        assert Appointment.objects.filter(clinic=feed.clinic).count() == 2


def test_the_same_message_that_comes_twice_at_once_is_stored_once() -> None:
    for _ in range(TIMES):
        source, body = Feed().source, b"the same"
        come = partial(
            receiving.receive,
            source_id=source.pk,
            kind="facts",
            control_id="1",
            body=body,
            now=timezone.now(),
        )
        at_once(come, come, come)
        assert FeedMessage.objects.filter(source=source).count() == 1


def test_taken_back_in_the_instant_of_a_yes_one_of_the_two_is_told_the_truth() -> None:
    for _ in range(TIMES):
        world = World.make(people=2)
        offer = world.asked()[0]
        slot = offer.cancellation
        fresh()
        feed = Feed(clinic=world.clinic, kind=world.visit_type, starts_at=slot.starts_at)
        feed.source.codes.filter(value="DR1").update(provider=world.provider)
        message = feed.sends(feed.visit())
        back = partial(handling.handle, message_id=message.pk, now=timezone.now())
        at_once(back, *answers([says(offer, "YES")]))
        held(slot)
        slot.refresh_from_db()
        is_filled = slot.status == "filled"
        assert slot.status in ("filled", "withdrawn")
        assert Todo.objects.filter(clinic=world.clinic).exists() == is_filled
        assert Appointment.objects.active().filter(clinic=world.clinic).count() == 1 + is_filled


def test_two_merges_that_cross_do_not_wait_for_each_other() -> None:
    from integrations.facts import MergeFact, Person

    for _ in range(TIMES):
        feed = Feed()
        people = [Person(ids=(f"P{n}",), first_name=f"F{n}", last_name="L") for n in range(2)]
        for number, one in enumerate(people):
            later = feed.starts_at + timedelta(hours=number)
            feed.says(feed.visit(keys=(f"A{number}",), person=one, starts_at=later, ends_at=None))
            patient = Patient.objects.get(first_name=f"F{number}", feed_links__source=feed.source)
            WaitlistEntryFactory(patient=patient, clinic=feed.clinic, visit_type=feed.kind)
        said = timezone.now()
        forth = MergeFact(said_at=said, gone=("P1",), kept=people[0])
        back = MergeFact(said_at=said, gone=("P0",), kept=people[1])
        handled(feed.sends(forth), feed.sends(back))
        patients = Patient.objects.filter(feed_links__source=feed.source).distinct()
        assert patients.filter(status="active").count() == 1
        assert dict(invariants.violations(now=timezone.now())) == {}
