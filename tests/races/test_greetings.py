"""However many machines greet at once, everybody is greeted once a year; off is off."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from messaging.models import Kind, Message, SimulatedText
from ops import invariants
from outreach import greeting_switching
from outreach.greeting_models import Greeting, GreetingSwitch
from tests.outreach.greeting_people import switched_on, with_birthday_at_noon, work
from tests.races.race import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TIMES = 4


def test_machines_that_greet_at_once_greet_everybody_once() -> None:
    with_birthday_at_noon(8)
    at_once(*[work] * 4)
    work()
    assert list(Greeting.objects.values_list("status", flat=True)) == ["sent"] * 8
    assert Message.objects.filter(kind=Kind.GREETING).count() == 8
    assert SimulatedText.objects.count() == 8


def test_switched_off_as_greetings_leave_each_left_before_that_or_never() -> None:
    for _ in range(TIMES):
        provider = with_birthday_at_noon(2)[0].primary_provider
        assert provider is not None
        off = partial(greeting_switching.switch_off, provider_id=provider.pk, by="boss")
        at_once(work, lambda off=off: off(now=timezone.now()), work)  # type: ignore[misc]
        work()
        found = set(Greeting.objects.filter(provider=provider).values_list("status", "reason"))
        assert found <= {("sent", ""), ("skipped", "switched_off")}
        assert dict(invariants.violations(now=timezone.now())) == {}


def test_two_who_switch_on_at_once_make_one_switch() -> None:
    for _ in range(TIMES):
        provider = with_birthday_at_noon(1, on=False)[0].primary_provider
        assert provider is not None
        at_once(*[partial(switched_on, provider)] * 3)
        assert GreetingSwitch.objects.filter(provider=provider).count() == 1
