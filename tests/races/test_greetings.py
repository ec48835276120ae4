"""However many machines greet at once, everybody is greeted once a year; off is off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from clinic.models import Patient
from messaging.models import Kind, Message, SimulatedText
from ops import invariants
from outreach import greeting, greeting_switching
from outreach.greeting_models import Greeting, GreetingSwitch
from tests.outreach.greeting_people import born, doctor, states, switched_on, with_birthday_at_noon, work
from tests.races.race import LONGEST_SECONDS, at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TIMES = 4


def test_machines_that_greet_at_once_greet_everybody_once() -> None:
    with_birthday_at_noon(8)
    at_once(*[work] * 4)
    work()
    assert list(Greeting.objects.values_list("status", flat=True)) == ["sent"] * 8
    assert Message.objects.filter(kind=Kind.GREETING).count() == 8
    assert SimulatedText.objects.count() == 8


def test_a_date_of_birth_corrected_while_the_old_birthday_is_decided_is_greeted_once() -> None:
    new_year = datetime(2027, 1, 3, 16, tzinfo=UTC)
    doctor(at=datetime(2026, 12, 1, 16, tzinfo=UTC), greeting_late_days=14)
    patient = born(12, 28)
    decided, corrected = Event(), Event()

    def decide() -> None:
        with transaction.atomic():
            greeting.greet(patient_id=patient.pk, on=date(2026, 12, 28), now=new_year)
            decided.set()
            # Whoever does not wait for the commit is through by then, or fails at the constraint.
            corrected.wait(1)

    def correct() -> None:
        decided.wait(LONGEST_SECONDS)
        Patient.objects.filter(pk=patient.pk).update(date_of_birth=date(1980, 1, 3))
        greeting.greet(patient_id=patient.pk, on=date(2027, 1, 3), now=new_year)
        corrected.set()

    at_once(decide, correct)
    assert states(patient) == ["scheduled", "skipped: greeted_lately"]


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
