"""What meets at one slot in one instant, on PostgreSQL, with threads, each TIMES times."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from messaging import events, inbox
from messaging.models import Message, ProviderEvent
from offers import accepting, rounds, slots, sweeping, withdrawing
from offers.models import Offer
from tests.races.race import TIMES, World, answers, at_once, held, says, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_yes_on_one_slot_make_one_winner_and_tell_everybody_once() -> None:
    offers = World.make(people=50, seats=50).asked()
    at_once(*answers([says(offer, "YES") for offer in offers]))
    held(offers[0].cancellation)
    assert Offer.objects.filter(status="accepted").count() == 1
    assert Message.objects.filter(kind="taken").count() == 49


def test_yes_against_the_end_of_the_hold_wins_while_the_slot_is_free() -> None:
    for milliseconds in range(-60, 61, 120 // TIMES):
        offer = World.make(people=1).asked()[0]
        ends = timezone.now() + timedelta(milliseconds=60)
        Offer.objects.filter(pk=offer.pk).update(hold_expires_at=ends)
        type(offer.cancellation).objects.filter(pk=offer.cancellation_id).update(next_step_at=ends)
        swept_at = ends + timedelta(milliseconds=milliseconds)
        at_once(*answers([says(offer, "YES")]), partial(sweeping.sweep_slots, now=swept_at))
        held(offer.cancellation)
        assert offer.cancellation.status == "filled"


def test_yes_against_withdraw_ends_as_whoever_was_first_says() -> None:
    for _ in range(TIMES):
        offers = World.make(people=3).asked()
        slot = offers[0].cancellation
        yes = answers([says(offer, "YES") for offer in offers])
        at_once(*yes, partial(withdrawing.withdraw, cancellation_id=slot.pk, by="desk", now=timezone.now()))
        held(slot)
        assert slot.status in ("filled", "withdrawn")


def test_yes_against_booked_by_phone_makes_one_booking() -> None:
    for _ in range(TIMES):
        offers = World.make(people=3).asked()
        slot, caller = offers[0].cancellation, offers[2].patient_id
        yes = answers([says(offer, "YES") for offer in offers[:2]])
        at_once(
            *yes,
            partial(
                accepting.fill, cancellation_id=slot.pk, patient_id=caller, by="desk", now=timezone.now()
            ),
        )
        held(slot)
        assert slot.status == "filled"


def test_the_same_event_handled_twice_at_once_has_one_effect() -> None:
    for attempt in range(TIMES):
        offer = World.make(people=1).asked()[0]
        event = ProviderEvent.objects.create(
            sid=f"SM-{attempt}",
            kind=events.INBOUND,
            phone=offer.phone,
            payload={"Body": "YES"},
            received_at=timezone.now(),
            next_attempt_at=timezone.now(),
        )
        handle = [partial(inbox.handle_all, event_id=event.pk, now=timezone.now())] * 3
        at_once(*handle)
        message = Message.objects.get(twilio_sid=f"SM-{attempt}")
        at_once(*answers([message.pk] * 3))
        held(offer.cancellation)
        assert Message.objects.filter(kind="confirmation", to=offer.phone).count() == 1


def test_two_sweeps_at_once_start_one_round() -> None:
    for _ in range(TIMES):
        slot = World.make(people=8).opened()
        now = timezone.now()
        at_once(*[partial(sweeping.sweep_slots, now=now)] * 3)
        held(slot)
        assert slot.rounds.count() == 1
        assert slot.offers.count() == 3


def test_a_sweep_does_not_wait_for_a_slot_that_somebody_holds() -> None:
    slot = World.make(people=1).opened()
    sweep = threading.Thread(target=at_once, args=(partial(sweeping.sweep_slots, now=timezone.now()),))
    with transaction.atomic():
        slots.locked(slot.pk)
        sweep.start()
        # Less than the lock_timeout of 3 seconds, after which a sweep that waits would give up.
        sweep.join(2.5)
        assert not sweep.is_alive()
    assert not slot.rounds.exists()


def test_two_workers_starting_one_round_start_one() -> None:
    for _ in range(TIMES):
        slot = World.make(people=8).opened()
        now = timezone.now()
        at_once(*[partial(rounds.advance, cancellation_id=slot.pk, now=now)] * 2)
        held(slot)
        assert slot.rounds.count() == 1


def test_one_phone_with_two_open_slots_is_asked_one_question_at_a_time() -> None:
    for _ in range(TIMES):
        world = World.make(people=1)
        first, second = world.opened(hours=40), world.opened(hours=50)
        now = timezone.now()
        at_once(
            partial(rounds.advance, cancellation_id=first.pk, now=now),
            partial(rounds.advance, cancellation_id=second.pk, now=now),
        )
        settle()
        assert Offer.objects.filter(status="pending", cancellation__in=(first, second)).count() == 1
        held(first)


def test_the_last_no_against_the_sweep_starts_one_next_round() -> None:
    for _ in range(TIMES):
        offers = World.make(people=2, seats=1).asked()
        slot = offers[0].cancellation
        late = timezone.now() + timedelta(minutes=8)
        at_once(*answers([says(offers[0], "NO")]), partial(sweeping.sweep_slots, now=late))
        held(slot)
        assert slot.rounds.count() == 2
        assert slot.offers.count() == 2
