"""Was: a scheduler in every web worker, 87 to 102 texts where 60 were due, and losers told twice or never."""

import os
import subprocess
import sys
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from clinic_waitlist import embedded
from messaging import sweeping as outgoing
from messaging.models import Message, SimulatedText
from offers import replies, sweeping
from offers.models import Offer
from tests.house.commands import PRODUCTION, ROOT, environment
from tests.offers.journey import Journey
from tests.races.race import World, answers, at_once, held, says


class Started(Exception):
    """The process manager has taken over."""


@pytest.mark.parametrize("entry_point", ["wsgi", "asgi"])
def test_a_web_worker_starts_no_scheduler(entry_point: str) -> None:
    code = f"import threading, clinic_waitlist.{entry_point}; print(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(**PRODUCTION), capture_output=True, text=True
    )
    assert done.stdout == "1\n"


def test_separate_processes_are_started_with_exactly_one_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(program: str, arguments: list[str]) -> None:
        raise Started(*arguments)

    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "execv", started)
    with pytest.raises(Started) as start:
        embedded.become_processes()
    assert "beat=1" in start.value.args[-1].split(",")
    programs = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert [name for name, command in programs.items() if "beat" in command.split()] == ["beat"]


@pytest.mark.django_db(transaction=True)
def test_four_schedulers_send_no_more_texts_than_one() -> None:
    world = World.make(people=30)
    slots = [world.opened(hours=hours) for hours in range(40, 50)]
    for _ in range(3):
        at_once(*[partial(sweeping.sweep_slots, now=timezone.now())] * 4)
        at_once(*[partial(outgoing.sweep_outbox, clock=timezone.now)] * 4)
    texts = Counter(SimulatedText.objects.order_by("pk").values_list("to", flat=True))
    assert (len(texts), set(texts.values())) == (30, {1})
    assert Offer.objects.filter(cancellation__in=slots, status="pending").count() == 30


@pytest.mark.django_db(transaction=True)
def test_four_workers_tell_each_loser_once() -> None:
    offers = World.make(people=12, seats=12).asked()
    at_once(*answers([says(offers[0], "YES")] * 4))
    at_once(*[partial(outgoing.sweep_outbox, clock=timezone.now)] * 4)
    held(offers[0].cancellation)
    texts = Counter(SimulatedText.objects.order_by("pk").values_list("to", flat=True))
    assert set(texts.values()) == {2}
    assert Message.objects.filter(kind="taken", status="sent").count() == 11


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tasks_run", ["dropped"], indirect=True)
def test_losers_are_told_though_the_winner_s_request_died(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(**kwargs: Any) -> str:
        original(**kwargs)
        raise RuntimeError

    # Given a process that dies as soon as the winner is stored
    original = replies.answer
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    with monkeypatch.context() as patch:
        patch.setattr(replies, "answer", dies)
        journey.says(alice, "YES")
    journey.work()
    assert journey.winner(slot) == alice.patient_id
    assert (journey.hears(alice), journey.hears(bob)) == (["offer", "confirmation"], ["offer", "taken"])
