"""A change that comes before its booking goes on by itself once the visit stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Appointment
from integrations import handling, parking
from integrations.facts import Code
from integrations.models import FeedMessage, Parked
from messaging.models import Message
from tests.factories import ProviderFactory
from tests.factories_of_feeds import FeedCodeFactory
from tests.integrations.feed import Feed

pytestmark = pytest.mark.django_db


def changed_first(feed: Feed) -> FeedMessage:
    """Of a visit that nobody has told of we hear that its provider is another one."""
    second = ProviderFactory(clinics=[feed.clinic])
    FeedCodeFactory(source=feed.source, kind="provider", value="DR2", provider=second)
    later = timezone.now() + timedelta(seconds=5)
    change = feed.visit(provider=Code(value="DR2"), starts_at=None, ends_at=None, said_at=later)
    message = feed.says(change)
    assert (message.status, Parked.objects.get().why) == ("parked", "no_time")
    return message


def test_it_holds_once_the_visit_stands(feed: Feed) -> None:
    message = changed_first(feed)
    feed.says(feed.visit())
    handling.sweep(clock=timezone.now)
    message.refresh_from_db()
    ((_, starts_at, provider),) = feed.shown()
    assert (starts_at, provider == feed.provider.pk) == (feed.starts_at, False)
    assert (message.status, Parked.objects.get().reason) == ("handled", parking.STANDS)


def test_going_on_texts_nobody(feed: Feed) -> None:
    changed_first(feed)
    feed.says(feed.visit())
    of_the_booking = Message.objects.count()
    handling.sweep(clock=timezone.now)
    assert Message.objects.count() == of_the_booking


def test_without_a_visit_it_waits(feed: Feed) -> None:
    message = changed_first(feed)
    handling.sweep(clock=timezone.now)
    message.refresh_from_db()
    assert (message.status, Parked.objects.count(), Appointment.objects.count()) == ("parked", 1, 0)


def test_what_is_wrong_all_the_same_is_not_tried_for_ever(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit(starts_at=feed.starts_at, ends_at=feed.starts_at - timedelta(hours=1)))
    feed.says(feed.visit(said_at=timezone.now() - timedelta(seconds=5)))
    for _ in range(3):
        clock.shift(2)
        handling.sweep(clock=timezone.now)
    assert list(Parked.objects.order_by("pk").values_list("resolution", flat=True)) == ["replayed", ""]
