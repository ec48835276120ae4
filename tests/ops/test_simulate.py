"""The simulated phones from the shell."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from messaging.fates import Conditions, Fate
from messaging.gateways import simulated_network
from messaging.models import SimulatedCallback, SimulatedText
from tests.messaging.on_phones import ALICE, NOBODY, texted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_server(settings: Any) -> None:
    settings.PUBLIC_URL = NOBODY


def run(*words: str) -> str:
    out = StringIO()
    call_command("simulate", *words, stdout=out)
    return out.getvalue()


def test_the_network_of_one_phone_is_set_and_taken_back() -> None:
    said = run("network", "--phone", ALICE, "--fate", "undelivered", "--code", "39999", "--delay", "3")
    assert said == "…0142: undelivered from the next text on.\n"
    wanted = Conditions(fate=Fate.UNDELIVERED, error_code="39999", delay_seconds=3)
    assert simulated_network.own(ALICE) == wanted
    run("network", "--phone", ALICE, "--as-all")
    assert simulated_network.own(ALICE) is None


def test_the_network_of_every_phone_is_set() -> None:
    assert run("network", "--fate", "late", "--late", "60").startswith("Every phone: late")
    assert simulated_network.of(ALICE).late_seconds == 60


def test_the_last_text_is_forced() -> None:
    simulated_network.set_for(number=ALICE, conditions=Conditions(fate=Fate.SILENT), now=texted().created_at)
    last = texted()
    assert run("force", "--phone", ALICE, "--as", "undelivered", "--code", "30003").endswith("2 seconds.\n")
    forced = SimulatedCallback.objects.get(word="undelivered")
    assert (forced.text_id, forced.error_code) == (last.pk, "30003")


def test_an_answer_without_a_server_fails_and_says_what_follows() -> None:
    with pytest.raises(CommandError, match=r"did not get through to .*; it is fetched"):
        run("reply", "--phone", ALICE, "--body", "YES")
    assert SimulatedText.objects.get().body == "YES"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["reply", "--phone", ALICE], "--body: type an answer"),
        (["reply", "--phone", "12", "--body", "YES"], "--phone: This is not a phone number"),
        (["network", "--fate", "late"], "Choose 1 to 86400 seconds."),
        (["network", "--fate", "undelivered", "--code", "30"], "Choose an error code"),
        (["network", "--as-all"], "--as-all: name the --phone."),
        (["force", "--phone", ALICE, "--as", "delivered"], "never took this text"),
        (["force", "--phone", ALICE, "--as", "lost"], "invalid choice"),
        (["nothing"], "invalid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(words: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(*words)
    assert simulated_network.of(ALICE) == Conditions()
    assert not SimulatedText.objects.exists()


def test_with_a_real_provider_it_is_refused(settings: Any) -> None:
    settings.USE_MOCK_TWILIO = False
    with pytest.raises(CommandError, match="real provider"):
        run("network", "--fate", "silent")
    assert simulated_network.of(ALICE) == Conditions()
