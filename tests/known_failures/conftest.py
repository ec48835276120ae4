"""The clinic of the journeys, and the client of the API."""

import pytest

from tests.api.conftest import client_of, desk
from tests.offers.conftest import journey, tasks_run, twilio, twilio_server

__all__ = ["client_of", "desk", "journey", "tasks_run", "twilio", "twilio_server"]


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A journey runs once here, with tasks as usual, unless its test names the ways."""
    named = [str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")]
    if "tasks_run" in metafunc.fixturenames and "tasks_run" not in named:
        usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)
        metafunc.definition.add_marker(usual)
