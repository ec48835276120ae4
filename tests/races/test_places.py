"""Rule 9 where workers meet: each place that came free is filled once."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from messaging.models import Message
from offers import rounds, sweeping
from offers.models import Offer
from tests.races.race import TIMES, World, answers, at_once, held, says

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def lose(offer: Offer) -> int:
    """The offer's text did not arrive; its id."""
    texts = Message.objects.filter(logical_key=f"offer:{offer.pk}")
    texts.update(status="undelivered", error_code="30003")
    return texts.get().pk


def test_rule_9_two_reports_and_two_sweeps_fill_a_place_once() -> None:
    for _ in range(TIMES):
        offers = World.make(people=6).asked()
        slot, now = offers[0].cancellation, timezone.now()
        lost = lose(offers[0])
        report = partial(sweeping.unreachable, message_id=lost, now=now)
        step = partial(rounds.advance, cancellation_id=slot.pk, now=now)
        at_once(report, report, step, partial(sweeping.sweep_slots, now=now))
        held(slot)
        assert slot.offers.filter(status="pending").count() == 3
        assert (slot.rounds.count(), slot.offers.count()) == (2, 4)


def test_rule_9_two_places_that_come_free_at_once_are_both_filled() -> None:
    for _ in range(TIMES):
        offers = World.make(people=8).asked()
        slot, now = offers[0].cancellation, timezone.now()
        lost = [lose(offer) for offer in offers[:2]]
        at_once(*[partial(sweeping.unreachable, message_id=pk, now=now) for pk in lost])
        held(slot)
        assert slot.offers.filter(status="pending").count() == 3
        assert slot.offers.count() == 5


def test_rule_9_the_last_no_against_a_failed_text_leaves_no_place_empty_and_none_too_many() -> None:
    for _ in range(TIMES):
        offers = World.make(people=6, seats=2).asked()
        slot, now = offers[0].cancellation, timezone.now()
        lost = lose(offers[0])
        report = partial(sweeping.unreachable, message_id=lost, now=now)
        at_once(*answers([says(offers[1], "NO")]), report)
        held(slot)
        assert slot.offers.filter(status="pending").count() == 2


def test_rule_9_a_yes_against_a_failed_text_wins_and_nobody_is_asked_after_it() -> None:
    for _ in range(TIMES):
        offers = World.make(people=4).asked()
        slot, now = offers[0].cancellation, timezone.now() + timedelta(seconds=1)
        lost = lose(offers[0])
        report = partial(sweeping.unreachable, message_id=lost, now=now)
        at_once(*answers([says(offers[1], "YES")]), report)
        held(slot)
        assert slot.status == "filled"
        assert not slot.offers.filter(status="pending").exists()
