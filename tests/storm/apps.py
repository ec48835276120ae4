"""Waits that are no settings, shortened in every process of the run."""

from datetime import timedelta
from importlib import import_module

from django.apps import AppConfig

WAITS = {
    "messaging.reconciling.ASK_AGAIN": 2,
    "messaging.delivery.LONGEST_RETRY": 5,
    "messaging.sweeping.WAKE_AGAIN": 5,
    "messaging.sweeping.STEP_ASIDE": 2,
    "messaging.inbox.STEP_ASIDE": 2,
    "offers.sweeping.STEP_ASIDE": 2,
    "offers.gating.LOOK_AGAIN": 2,
    "offers.rounds.UNSENT_CHECK": 5,
    "offers.rounds.BUSY_PHONE_CHECK": 5,
}


class Hurried(AppConfig):
    """The same rules, sooner."""

    name = "tests.storm"

    def ready(self) -> None:
        for path, seconds in WAITS.items():
            module, _, wait = path.rpartition(".")
            found = import_module(module)
            assert isinstance(getattr(found, wait), timedelta)
            setattr(found, wait, timedelta(seconds=seconds))
