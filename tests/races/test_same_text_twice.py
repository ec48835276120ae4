"""The provider delivers one text twice in one instant, over HTTP, TIMES times."""

from functools import partial
from typing import Any

import pytest
import requests
from celery.app.task import Task
from django.conf import settings
from django.utils import timezone

from messaging import inbox, tasks, webhooks
from messaging.models import Message, ProviderEvent, SimulatedText
from offers.models import Offer
from tests.messaging import posting
from tests.races.race import TIMES, World, at_once, held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["usual", "dropped"])
def tasks_run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether a task runs in the request that wakes it, or is lost and left to the sweeps."""

    def run(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
        if request.param == "usual" and task.name != tasks.simulate_receipts.name:
            task.apply(kwargs=kwargs, throw=True)

    monkeypatch.setattr(Task, "apply_async", run)
    return str(request.param)


def deliver(address: str, form: dict[str, str], answers: list[int]) -> None:
    """One signed request of the provider."""
    signed = {"X-Twilio-Signature": webhooks.signature(settings.PUBLIC_URL + posting.INBOUND, form)}
    answer = requests.post(address + posting.INBOUND, data=form, headers=signed, timeout=20)
    answers.append(answer.status_code)


def test_the_same_text_delivered_twice_at_once_has_one_effect_and_one_answer(
    live_server: Any, tasks_run: str
) -> None:
    for _ in range(TIMES):
        # Given somebody who is asked, and the provider that delivers the YES twice
        offer, answers = World.make(people=1).asked()[0], list[int]()
        form = posting.text_form(sender=offer.phone, body="YES")
        at_once(*[partial(deliver, live_server.url, form, answers)] * 2)
        # Then both deliveries are taken, and there is one event, one booking and one answer
        inbox.sweep(now=timezone.now())
        held(offer.cancellation)
        assert answers == [200, 200]
        assert ProviderEvent.objects.filter(sid=form["MessageSid"], kind="inbound").count() == 1
        assert Message.objects.get(twilio_sid=form["MessageSid"]).outcome == "won"
        assert Offer.objects.get(pk=offer.pk).status == "accepted"
        texts = SimulatedText.objects.filter(to=offer.phone).order_by("pk").values_list("body", flat=True)
        assert ["you are booked" in text for text in texts] == [False, True]
