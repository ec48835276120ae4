"""A provider's time is blocked elsewhere, and somebody waits there for an earlier one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic import scheduling
from clinic.models import BlockedTime
from integrations.facts import BlockFact, Code, Standing, WishFact
from integrations.models import Parked, Todo
from offers import rounds
from offers.models import Cancellation
from tests.factories import AppointmentFactory, CancellationFactory, WaitlistEntryFactory
from tests.integrations.feed import ANA, Feed
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def block(feed: Feed, *, is_blocked: bool = True, **fields: Any) -> BlockFact:
    usual: dict[str, Any] = {
        "keys": ("B1",),
        "said_at": timezone.now(),
        "is_blocked": is_blocked,
        "starts_at": feed.starts_at - timedelta(hours=1),
        "ends_at": feed.starts_at + timedelta(hours=3),
        "provider": Code(value="DR1"),
    }
    return BlockFact(**{**usual, **fields})


def free_slot(feed: Feed) -> Cancellation:
    slot: Cancellation = CancellationFactory(
        clinic=feed.clinic, provider=feed.provider, visit_type=feed.kind, starts_at=feed.starts_at
    )
    return slot


def test_a_slot_in_a_blocked_time_is_withdrawn(feed: Feed) -> None:
    slot = free_slot(feed)
    assert feed.says(block(feed)).status == "handled"
    slot.refresh_from_db()
    assert slot.status == "withdrawn"


def test_a_visit_in_a_blocked_time_is_left_to_staff(feed: Feed) -> None:
    visit = AppointmentFactory(clinic=feed.clinic, provider=feed.provider, starts_at=feed.starts_at)
    feed.says(block(feed))
    feed.says(block(feed))
    todo = Todo.objects.get()
    assert (todo.kind, todo.appointment) == ("blocked", visit)


def test_nobody_is_asked_about_a_time_that_is_blocked(feed: Feed) -> None:
    feed.says(block(feed))
    slot = free_slot(feed)
    WaitlistEntryFactory(clinic=feed.clinic, visit_type=feed.kind)
    done = rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    assert done == "the provider's time is blocked then"


def test_staff_cannot_book_into_a_blocked_time(feed: Feed) -> None:
    feed.says(block(feed))
    visit = AppointmentFactory(clinic=feed.clinic, provider=feed.provider, starts_at=feed.starts_at)
    found = scheduling.found_in([visit])[visit.pk]
    assert [conflict.code for conflict in found] == ["provider_blocked"]


def test_an_unblocked_time_is_free_and_an_older_word_blocks_nothing(
    feed: Feed, clock: time_machine.Traveller
) -> None:
    older = block(feed)
    feed.says(older)
    clock.shift(60)
    feed.says(block(feed, is_blocked=False))
    feed.says(block(feed, said_at=older.said_at + timedelta(seconds=1)))
    assert not BlockedTime.objects.exists()


def test_an_unblocking_that_comes_first_keeps_the_block_away(feed: Feed) -> None:
    feed.says(block(feed, is_blocked=False))
    feed.says(block(feed, said_at=timezone.now() - timedelta(minutes=5)))
    assert not BlockedTime.objects.exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"provider": Code(value="DR9")}, "unknown_code"),
        ({"starts_at": None}, "no_time"),
        ({"keys": ()}, "no_key"),
    ],
)
def test_a_block_that_cannot_be_placed_waits_for_a_person(
    feed: Feed, fields: dict[str, Any], why: str
) -> None:
    feed.says(block(feed, **fields))
    assert Parked.objects.get().why == why


def wish(**fields: Any) -> WishFact:
    usual = {"keys": ("W1",), "said_at": timezone.now(), "person": ANA}
    return WishFact(**{**usual, "visit_type": Code(value="CHECK"), **fields})


def test_somebody_who_waits_there_waits_here(feed: Feed) -> None:
    feed.says(wish(provider=Code(value="DR1")))
    entry = WaitlistEntry.objects.select_related("patient").get()
    assert (entry.clinic, entry.provider, entry.visit_type) == (feed.clinic, feed.provider, feed.kind)
    assert entry.patient.last_name == "Lopez"


def test_a_wish_told_twice_is_one_wish(feed: Feed) -> None:
    feed.says(wish())
    feed.says(wish())
    feed.says(wish(keys=("W2",)))
    assert WaitlistEntry.objects.count() == 1


@pytest.mark.parametrize("standing", Standing)
def test_who_is_told_of_as_a_visit_waits_no_longer(
    feed: Feed, clock: time_machine.Traveller, standing: Standing
) -> None:
    first = wish()
    feed.says(first)
    clock.shift(60)
    feed.says(feed.visit(standing, keys=("OTHER", "W1")))
    feed.says(wish(said_at=first.said_at + timedelta(seconds=1)))
    assert WaitlistEntry.objects.get().status == "removed"


def test_a_visit_whose_provider_is_unknown_ends_the_wish_all_the_same(feed: Feed) -> None:
    feed.says(wish())
    feed.says(feed.visit(keys=("W1",), provider=Code(value="DR9")))
    assert WaitlistEntry.objects.get().status == "removed"


def test_a_wish_that_comes_after_the_visit_it_became_joins_nobody(feed: Feed) -> None:
    older = wish()
    feed.says(feed.visit(keys=("W1",)))
    feed.says(older)
    assert not WaitlistEntry.objects.exists()


def test_an_older_word_about_the_visit_ends_no_newer_wish(feed: Feed, clock: time_machine.Traveller) -> None:
    older = feed.visit(Standing.CANCELLED, keys=("W1",))
    clock.shift(60)
    feed.says(wish())
    feed.says(older)
    assert WaitlistEntry.objects.in_line().count() == 1


def test_a_wish_for_an_unknown_kind_of_visit_waits_for_a_person(feed: Feed) -> None:
    feed.says(wish(visit_type=None))
    assert (Parked.objects.get().why, Parked.objects.get().place) == ("unknown_code", "visit_type")
