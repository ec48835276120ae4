"""A worker that is killed at a named step, and starts again.

    python -m tests.kill.worker STEP FLAG_FILE

A supervisor forks the worker; the worker sweeps until it reaches the step, leaves the flag file behind
and kills itself with SIGKILL. The supervisor starts it anew, and this one works to the end. Production code
has no hooks: the function that ends (or begins) a step is wrapped here.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import django


class Step(NamedTuple):
    """Where the worker dies: before or after the nth call of a function that does something."""

    module: str
    function: str
    when: str = "after"
    nth: int = 1


# The first and second text are the offers of round one, the third is that of round two, then come the
# winner's confirmation and two who are told that the time is taken.
STEPS = {
    "before an offer is claimed": Step("messaging.delivery", "claim", "before"),
    "after an offer is claimed, before its POST": Step("messaging.delivery", "claim"),
    "in an offer's gate, before its commit": Step("messaging.gate", "ask"),
    "with an offer claimed, before the commit": Step("messaging.delivery", "_claim"),
    "after the POST, before its result": Step("messaging.delivery", "call"),
    "with the result, before it is written": Step("messaging.delivery", "_result"),
    "after the result": Step("messaging.delivery", "settle"),
    "between two texts of a round": Step("messaging.delivery", "send"),
    "after the second round's offer is claimed": Step("messaging.delivery", "claim", nth=3),
    "in the second round's gate, before its commit": Step("messaging.gate", "ask", nth=3),
    "after the second round's POST": Step("messaging.delivery", "call", nth=3),
    "after the round is chosen, before its commit": Step("offers.rounds", "_start_round"),
    "after the round, before its texts": Step("offers.rounds", "advance"),
    "between expiry and the next round, before the commit": Step(
        "offers.rounds", "_start_round", "before", nth=2
    ),
    "after the second round, before its texts": Step("offers.rounds", "advance", nth=2),
    "after a text is stored, before it is read in": Step("messaging.inbox", "handle_next", "before"),
    "with a text read in, before the commit": Step("messaging.inbox", "_read_in"),
    "after a text is read in, before its answer": Step("messaging.inbox", "handle_next"),
    "with the winner booked, before anybody is told": Step("offers.accepting", "_book"),
    "with the winner told, before the commit": Step("offers.accepting", "_tell"),
    "after the commit of the winner": Step("offers.replies", "answer"),
    "after the confirmation is claimed": Step("messaging.delivery", "claim", nth=4),
    "in the confirmation's gate, before its commit": Step("messaging.gate", "ask", nth=4),
    "after the confirmation's POST": Step("messaging.delivery", "call", nth=4),
    "between the confirmation and the news to the others": Step("messaging.delivery", "send", nth=4),
    "after a loser's POST": Step("messaging.delivery", "call", nth=5),
}
# The first text is refused: the third patient has its place, beside the second.
STEPS_OF_A_PLACE = {
    "after a refusal, before its place is free": Step("messaging.delivery", "settle"),
    "with a place free, before the commit": Step("offers.declining", "next_if_free"),
    "after a place came free, before it is filled": Step("offers.declining", "end"),
    "with a place filled, before the commit": Step("offers.rounds", "_fill_places"),
    "after a place is filled, before its text": Step("offers.rounds", "advance", nth=2),
    "before the text for a place is claimed": Step("messaging.delivery", "claim", "before", nth=3),
}
# Three reminders are due: each is handed over, claimed, sent and settled in turn.
REMINDER_STEPS = {
    "before a reminder is handed over": Step("outreach.sending", "remind", "before", nth=2),
    "with a reminder in the outbox, before the commit": Step("messaging.outbox", "queue", nth=2),
    "after a reminder is handed over": Step("outreach.sending", "remind", nth=2),
    "in a reminder's gate, before its commit": Step("messaging.gate", "ask", nth=2),
    "after a reminder is claimed, before its POST": Step("messaging.delivery", "claim", nth=2),
    "after a reminder's POST, before its result": Step("messaging.delivery", "call", nth=2),
    "with a reminder's result, before it is written": Step("messaging.delivery", "_result", nth=2),
    "after a reminder's result": Step("messaging.delivery", "settle", nth=2),
    "with a reminder settled, before the commit": Step("outreach.settling", "_outcome", nth=2),
    "after a reminder is settled": Step("outreach.settling", "settle", nth=2),
}
# Three birthdays: each greeting is owed, claimed, sent and settled in turn.
GREETING_STEPS = {
    "with a greeting in the outbox, before the commit": Step("messaging.outbox", "queue", nth=2),
    "in a greeting's gate, before its commit": Step("messaging.gate", "ask", nth=2),
    "after a greeting's POST, before its result": Step("messaging.delivery", "call", nth=2),
    "with a greeting settled, before the commit": Step("outreach.greeting_settling", "_outcome", nth=2),
}
PAUSE_SECONDS = 0.05


def die_at(step: Step, flag: Path) -> None:
    """Wrap the step's function, unless the worker has died there already."""
    module = importlib.import_module(step.module)
    original: Callable[..., Any] = getattr(module, step.function)
    calls = [0]

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        is_time = calls[0] == step.nth
        if is_time and step.when == "before":
            die(flag)
        result = original(*args, **kwargs)
        if is_time:
            die(flag)
        return result

    if not flag.exists():
        setattr(module, step.function, wrapped)


def die(flag: Path) -> None:
    flag.touch()
    os.kill(os.getpid(), signal.SIGKILL)


def work(step: Step, flag: Path) -> None:
    """Sweep for ever, as beat and the workers do."""
    from messaging import tasks as messaging_tasks
    from offers import tasks as offer_tasks
    from outreach import tasks as outreach_tasks

    die_at(step, flag)
    while True:
        messaging_tasks.sweep_inbox.run()
        offer_tasks.sweep_answers.run()
        offer_tasks.sweep_slots.run()
        outreach_tasks.sweep_reminders.run()
        outreach_tasks.sweep_greetings.run()
        messaging_tasks.sweep_outbox.run()
        messaging_tasks.reconcile.run()
        time.sleep(PAUSE_SECONDS)


def hurry() -> None:
    """The same rules with shorter times, so that a lease runs out within the test."""
    from datetime import timedelta

    from celery.app.task import Task
    from django.conf import settings

    from messaging import reconciling

    settings.MESSAGE_LEASE_SECONDS = 1
    settings.MESSAGE_UNKNOWN_MINUTES = 0.05
    settings.TWILIO_TIMEOUT_SECONDS = 0.8
    reconciling.ASK_AGAIN = timedelta(seconds=0.3)
    # Sweeps alone: what they find is all that is left of a worker that died.
    setattr(Task, "apply_async", lambda *args, **kwargs: None)  # noqa: B010 - typed as a method


def supervise(step: Step, flag: Path) -> int:
    """Keep one worker running; a killed one is replaced, any other end is the end."""
    while True:
        pid = os.fork()
        if pid == 0:
            work(step, flag)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            return 1


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_waitlist.settings"
    django.setup()
    hurry()
    every = {**STEPS, **STEPS_OF_A_PLACE, **REMINDER_STEPS, **GREETING_STEPS}
    sys.exit(supervise(every[sys.argv[1]], Path(sys.argv[2])))
