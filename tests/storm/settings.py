"""The settings of production with shorter times, so that a lease runs out and a doubt ends within the run."""

from clinic_waitlist.celery import timetable
from clinic_waitlist.settings import *  # noqa: F403 - production's settings are what is tried
from clinic_waitlist.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.storm.apps.Hurried"]
TWILIO_TIMEOUT_SECONDS = 1
MESSAGE_LEASE_SECONDS = 4
# The slowest text is taken half a second after its sender gave up, on a machine that has nothing else to do.
MESSAGE_UNKNOWN_MINUTES: float = 12 / 60  # type: ignore[no-redef]
CELERY_BEAT_SCHEDULE = timetable(sweep_seconds=1)
CELERY_BEAT_SCHEDULE["ask the provider about unclear messages"]["schedule"] = 1
