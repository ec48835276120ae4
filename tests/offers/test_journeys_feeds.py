"""A schedule feed cancels, takes back and books elsewhere: who is texted then, and who is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Appointment
from integrations import parking
from integrations.facts import Code, Doubt, Person, Standing
from integrations.models import FeedCode, FeedPolicy, Todo
from offers import pausing
from offers.models import Cancellation
from tests.factories import ProviderFactory
from tests.integrations.feed import Feed
from tests.offers.journey import Journey, status_of

SOMEBODY = Person(ids=("MRN-9",), first_name="Bo", last_name="Berg")


@pytest.fixture
def feed(journey: Journey) -> Feed:
    """A feed of the journey's clinic that has booked one visit."""
    feed = Feed(clinic=journey.clinic, kind=journey.visit_type)
    feed.says(feed.visit())
    return feed


def slot() -> Cancellation:
    return Cancellation.objects.get()


def cancelled(feed: Feed, journey: Journey, *, seconds: int = 91, **fields: Any) -> None:
    """The source cancels, and time passes."""
    journey.wait(seconds=5)
    feed.says(feed.visit(Standing.CANCELLED, **fields))
    journey.wait(seconds=1)
    journey.wait(seconds=seconds)


def test_a_cancelled_visit_is_offered_after_the_settle_time(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    cancelled(feed, journey, seconds=88)
    assert journey.hears(ana) == []
    journey.wait(seconds=2)
    assert journey.hears(ana) == ["offer"]


def test_taken_back_within_the_settle_time_nobody_hears_of_it(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    cancelled(feed, journey, seconds=30)
    feed.says(feed.visit())
    journey.wait(minutes=10)
    assert status_of(slot()) == "withdrawn"
    assert journey.hears(ana) == []


def test_taken_back_later_exactly_those_who_were_texted_are_told(journey: Journey, feed: Feed) -> None:
    ana, bea, cleo = journey.waiting(), journey.waiting(), journey.waiting()
    cancelled(feed, journey)
    feed.says(feed.visit())
    journey.work()
    assert status_of(slot()) == "withdrawn"
    heard = [journey.hears(ana), journey.hears(bea), journey.hears(cleo)]
    assert heard == [["offer", "expired"], ["offer", "expired"], []]


def test_a_yes_after_that_is_answered_truthfully(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    cancelled(feed, journey)
    feed.says(feed.visit())
    journey.says(ana, "YES")
    assert journey.winner(slot()) is None
    assert journey.hears(ana)[-1] == "expired"


def test_a_booking_by_somebody_else_at_that_time_withdraws_the_offers(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    cancelled(feed, journey)
    feed.says(feed.visit(keys=("B7",), person=SOMEBODY))
    journey.work()
    assert status_of(slot()) == "withdrawn"
    assert journey.hears(ana) == ["offer", "expired"]


def test_taken_back_after_a_fill_it_is_for_staff_to_settle(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    cancelled(feed, journey)
    journey.says(ana, "YES")
    feed.says(feed.visit())
    journey.work()
    assert status_of(slot()) == "filled"
    assert journey.winner(slot()) == ana.patient_id
    todo = Todo.objects.select_related("other").get()
    assert (todo.kind, todo.other.patient_id if todo.other else None) == ("conflict", ana.patient_id)
    assert journey.hears(ana) == ["offer", "confirmation"]


def test_the_winners_visit_that_the_source_tells_of_is_the_same_visit(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    FeedCode.objects.filter(kind="provider").update(value="DR1")
    cancelled(feed, journey)
    journey.says(ana, "YES")
    from integrations.models import PersonKey, PersonLink

    link = PersonLink.objects.create(source=feed.source, patient=ana.patient, changed_at=timezone.now())
    PersonKey.objects.create(source=feed.source, key="MRN-ANA", link=link)
    feed.says(feed.visit(keys=("B8",), person=Person(ids=("MRN-ANA",))))
    assert Appointment.objects.active().filter(starts_at=feed.starts_at).count() == 1
    assert not Todo.objects.exists()


def test_a_winner_whose_visit_the_source_cancels_loses_it_after_the_settle_time(
    journey: Journey, feed: Feed
) -> None:
    ana, bea = journey.waiting(), journey.waiting()
    cancelled(feed, journey)
    journey.says(ana, "YES")
    journey.says(bea, "YES")
    from integrations.models import PersonKey, PersonLink

    link = PersonLink.objects.create(source=feed.source, patient=ana.patient, changed_at=timezone.now())
    PersonKey.objects.create(source=feed.source, key="MRN-ANA", link=link)
    feed.says(feed.visit(keys=("B8",), person=Person(ids=("MRN-ANA",))))
    journey.wait(seconds=5)
    feed.says(feed.visit(Standing.CANCELLED, keys=("B8",)))
    journey.wait(seconds=60)
    assert status_of(slot()) == "filled"
    journey.wait(seconds=31)
    assert journey.winner(slot()) == bea.patient_id


@pytest.mark.parametrize("why", ["policy", "doubt", "backlog", "type"])
def test_staff_are_asked_first(journey: Journey, feed: Feed, why: str) -> None:
    ana = journey.waiting()
    said: dict[str, Any] = {}
    if why in ("policy", "type"):
        kind = feed.kind if why == "type" else None
        FeedPolicy.objects.create(clinic=feed.clinic, visit_type=kind, freed="ask")
    if why == "doubt":
        said["doubts"] = (Doubt.TIMES_DISAGREE,)
    if why == "backlog":
        said["said_at"] = timezone.now() + timedelta(seconds=1)
        journey.wait(minutes=20)
    cancelled(feed, journey, **said)
    assert (slot().status, slot().paused_by, journey.hears(ana)) == ("paused", "system", [])
    pausing.resume(cancellation_id=slot().pk, by="desk", now=timezone.now())
    journey.work()
    assert journey.hears(ana) == ["offer"]


def test_what_is_never_offered_is_not_even_a_slot(journey: Journey, feed: Feed) -> None:
    journey.waiting()
    FeedPolicy.objects.create(clinic=feed.clinic, freed="automatic")
    FeedPolicy.objects.create(clinic=feed.clinic, visit_type=feed.kind, freed="never")
    cancelled(feed, journey)
    assert not Cancellation.objects.exists()


def test_a_moved_visit_frees_its_old_time(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    later = feed.starts_at + timedelta(days=3)
    journey.wait(seconds=5)
    feed.says(feed.visit(starts_at=later, ends_at=None))
    journey.wait(seconds=1)
    journey.wait(seconds=91)
    assert slot().starts_at == feed.starts_at
    assert journey.hears(ana) == ["offer"]


def test_a_replayed_cancellation_texts_nobody(journey: Journey, feed: Feed) -> None:
    ana = journey.waiting()
    later = feed.starts_at + timedelta(days=3)
    journey.wait(seconds=5)
    unknown = feed.says(feed.visit(provider=Code(value="DR9"), starts_at=later, ends_at=None))
    other = ProviderFactory(clinics=[feed.clinic])
    FeedCode.objects.create(source=feed.source, kind="provider", value="DR9", provider=other)
    parking.replay(message_id=unknown.pk, by="manager", now=timezone.now())
    from integrations import handling

    handling.handle(message_id=unknown.pk, now=timezone.now())
    journey.wait(seconds=1)
    journey.wait(seconds=91)
    assert Appointment.objects.active().get().starts_at == later
    assert (slot().status, journey.hears(ana)) == ("paused", [])
