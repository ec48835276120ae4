"""Journeys run three ways: with tasks as usual, with every task lost, with every task run twice."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from celery.app.task import Task
from django.test import Client
from django.utils import timezone

from messaging.models import ProviderEvent
from offers.models import Cancellation
from offers.states import RUNNING
from ops import invariants
from tests.messaging.posting import CLINIC_NUMBER
from tests.offers.journey import LONGEST_CHAIN, Journey
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, StandIn


@pytest.fixture(scope="session")
def twilio_server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def twilio(twilio_server: StandIn, settings: Any) -> StandIn:
    """Twilio with an empty memory and no faults; our side is configured for it."""
    twilio_server.reset()
    settings.USE_MOCK_TWILIO = False
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKENS = [AUTH_TOKEN]
    settings.TWILIO_PHONE_NUMBER = CLINIC_NUMBER
    settings.TWILIO_API_BASE_URL = twilio_server.url
    return twilio_server


def _at_once(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
    task.apply(kwargs=kwargs, throw=True)


def _lost(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
    """The broker took the task and nobody ever sees it."""


def _twice(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
    for _ in range(2):
        task.run(**(kwargs or {}))


@pytest.fixture(params=["usual", "dropped", "doubled"])
def tasks_run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How this run of a journey treats its tasks."""
    how: dict[str, Callable[..., None]] = {"usual": _at_once, "dropped": _lost, "doubled": _twice}
    monkeypatch.setattr(Task, "apply_async", how[request.param])
    return str(request.param)


@pytest.fixture
def journey(
    tasks_run: str, transactional_db: None, client: Client, clock: time_machine.Traveller, twilio: StandIn
) -> Iterator[Journey]:
    """A clinic at work. Afterwards nothing is left undone and nobody has the same text twice."""
    sweeps = LONGEST_CHAIN if tasks_run == "dropped" else 1
    journey = Journey(client=client, clock=clock, twilio=twilio, sweeps_at_once=sweeps)
    yield journey
    assert journey.nobody_was_texted_twice()
    assert "" not in journey.outcomes()
    assert not ProviderEvent.objects.filter(handled_at=None).exists()
    now = timezone.now()
    assert dict(invariants.violations(now=now)) == {}
    assert not Cancellation.objects.filter(status__in=RUNNING, next_step_at__lte=now).exists()
