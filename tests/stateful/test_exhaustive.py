"""Every order of what can happen to one slot and two patients, up to a depth: each prefix is run once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from django.utils import timezone

from messaging.models import Message, Suppression
from offers.models import Cancellation, Offer
from tests.stateful.watched import undone
from tests.stateful.world import World
from waitlist.models import WaitlistEntry

# `make soak` and `make mutants` look one event further.
DEPTH = int(os.environ.get("SEARCH_DEPTH") or 2)
# With fewer the search has become empty.
LEAST_PATHS, LEAST_PATHS_FROM_THERE = (400, 100) if DEPTH > 2 else (60, 8)
SOON, LATER = 5, 8 * 60

Event = Callable[[], object]


def events_of(world: World, slot: int) -> dict[str, Event]:
    """What can happen next; one that returns False was refused and has changed nothing."""
    alice, bob, *_ = world.model.phones
    return {
        "alice: YES": partial(says, world, alice, "YES"),
        "bob: YES": partial(says, world, bob, "YES"),
        "alice: NO": partial(says, world, alice, "NO"),
        "alice: STOP": partial(says, world, alice, "STOP"),
        "alice's text is lost": partial(loses, world),
        "a moment passes": partial(world.waits, SOON),
        "time passes": partial(world.waits, LATER),
        "withdraw": partial(world.withdraws, slot),
        "pause": partial(world.pauses, slot),
        "resume": partial(world.resumes, slot),
        "fill for bob": partial(world.fills, slot, bob),
        "cancel the visit": partial(world.cancels_visit, slot),
        "reopen": partial(world.reopens, slot),
    }


def says(world: World, patient: int, words: str) -> None:
    world.says(patient, words)
    world.read_texts()
    world.answer_texts()


def loses(world: World) -> bool:
    if not world.phones.texts:
        return False
    world.reports(0, "undelivered")
    world.read_texts()
    return True


def state_of(world: World) -> tuple[object, ...]:
    """Two paths that end here have one future."""
    slot = Cancellation.objects.order_by("pk").values_list("status", "next_step_at", "waiting_for")
    offers = Offer.objects.order_by("pk").values_list("entry", "status", "hold_expires_at", "clarified_at")
    texts = Message.objects.order_by("pk").values_list("kind", "to", "status", "outcome", "next_attempt_at")
    entries = WaitlistEntry.objects.order_by("pk").values_list("pk", "status")
    stopped = Suppression.objects.order_by("pk").values_list("phone", "lifted_at")
    rows = (slot, offers, texts, entries, stopped)
    return (timezone.now(), tuple(world.holders().values()), *(tuple(found) for found in rows))


@dataclass(kw_only=True)
class Search:
    world: World
    slot: int
    paths: int = 0
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def go_on(self, path: tuple[str, ...], depth: int) -> None:
        for name, event in events_of(self.world, self.slot).items():
            with self.world.tried():
                self._try(event, (*path, name), depth)

    def _try(self, event: Event, path: tuple[str, ...], depth: int) -> None:
        try:
            if event() is False:
                return
            self.world.clock.shift(1)
            self.world.agrees()
        except AssertionError as error:
            raise AssertionError(f"{error} after {', '.join(path)}") from error
        self.paths += 1
        if depth == 1:
            return
        state = state_of(self.world)
        if self.seen.get(state, 0) < depth - 1:
            self.seen[state] = depth - 1
            self.go_on(path, depth - 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [1, 2])
def test_no_path_breaks_a_promise(batch: int) -> None:
    with undone():
        world = World(people=2, batch=batch)
        world.logs(provider=0, hours=26)
        world.waits(31)
        search = Search(world=world, slot=next(iter(world.model.slots)))
        search.go_on((), DEPTH)
        world.closing.close()
    assert search.paths >= LEAST_PATHS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_path_from_a_lost_text_breaks_a_promise() -> None:
    with undone():
        world = World(people=3, batch=2)
        world.logs(provider=0, hours=26)
        world.waits(31)
        assert loses(world)
        search = Search(world=world, slot=next(iter(world.model.slots)))
        search.go_on((), DEPTH - 1)
        world.closing.close()
    assert search.paths >= LEAST_PATHS_FROM_THERE
