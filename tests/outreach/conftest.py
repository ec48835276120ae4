"""The clinic of the journeys, here with reminders; each runs as usual, with lost and with doubled tasks."""

from tests.api.conftest import client_of, desk
from tests.offers.conftest import journey, tasks_run, twilio, twilio_server

__all__ = ["client_of", "desk", "journey", "tasks_run", "twilio", "twilio_server"]
