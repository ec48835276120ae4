"""The facts of a visit in any order, and any of them twice, end in the same calendar."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.models import Patient
from integrations import applying
from integrations.facts import Code, Park, Person, Standing, VisitFact
from integrations.models import FeedCode, FeedMessage
from ops import invariants
from tests.factories import ProviderFactory
from tests.integrations.feed import ANA, Feed

pytestmark = pytest.mark.django_db

# Hours after the usual time, providers, phones; None is not said.
HOURS, PROVIDERS, PHONES = (None, 0, 3, 27), (None, "DR1", "DR2", "ELSE"), (None, "", "+13125550111")


@st.composite
def said(draw: Any) -> dict[str, Any]:
    return {
        "standing": draw(st.sampled_from(Standing)),
        "hours": draw(st.sampled_from(HOURS)),
        "provider": draw(st.sampled_from(PROVIDERS)),
        "phone": draw(st.sampled_from(PHONES)),
    }


def fact(feed: Feed, words: dict[str, Any], minute: int) -> VisitFact:
    """What is said at that minute; a cancellation may name a time, which counts for nothing."""
    starts_at = None if words["hours"] is None else feed.starts_at + timedelta(hours=words["hours"])
    person = Person(**{**{name: getattr(ANA, name) for name in Person.__slots__}, "phone": words["phone"]})
    return feed.visit(
        words["standing"],
        said_at=timezone.now() + timedelta(minutes=minute),
        starts_at=starts_at,
        ends_at=starts_at and starts_at + timedelta(minutes=30),
        provider=words["provider"] and Code(value=words["provider"]),
        person=person,
    )


def heard(feed: Feed, facts: Sequence[VisitFact]) -> tuple[object, ...]:
    """The calendar once all facts have been heard in this order, and once more what waited for others."""
    waiting = [(number, each) for number, each in enumerate(facts, start=1)]
    for _ in range(2):
        parked = []
        for arrival, each in waiting:
            try:
                apply(feed, each, arrival)
            except Park:
                parked.append((arrival, each))
        waiting = parked
    shown, people = feed.shown(), list(Patient.objects.values_list("last_name", "phone"))
    return (shown, people) if shown else ([], [])


def apply(feed: Feed, each: VisitFact, arrival: int) -> None:
    now = timezone.now() + timedelta(minutes=arrival)
    message = FeedMessage(pk=arrival, source=feed.source, received_at=now)
    applying.apply(fact=each, source=feed.source, by="feed", now=now, may_offer=True, message=message)


def undone(feed: Feed, facts: Sequence[VisitFact]) -> tuple[object, ...]:
    with transaction.atomic():
        found = heard(feed, facts)
        assert dict(invariants.violations(now=timezone.now())) == {}
        transaction.set_rollback(True)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(words=st.lists(said(), min_size=1, max_size=6), seed=st.integers(0, 2**32), doubled=st.booleans())
def test_the_same_facts_in_any_order_end_in_the_same_calendar(
    world: Feed, words: list[dict[str, Any]], seed: int, doubled: bool
) -> None:
    facts = [fact(world, each, minute) for minute, each in enumerate(words)]
    other = facts * 2 if doubled else list(facts)
    random.Random(seed).shuffle(other)
    assert undone(world, facts) == undone(world, other)


@pytest.fixture
def world(clock: time_machine.Traveller, db: None) -> Feed:
    """Two providers of ours, and one who is none of ours."""
    feed = Feed()
    second = ProviderFactory(clinics=[feed.clinic])
    FeedCode.objects.create(source=feed.source, kind="provider", value="DR2", provider=second)
    FeedCode.objects.create(source=feed.source, kind="provider", value="ELSE", ignored=True)
    return feed
