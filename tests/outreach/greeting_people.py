"""Words for tests about greetings: a provider who greets, and patients with birthdays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinic.models import Patient, Provider
from messaging import sweeping
from messaging.models import Kind, Message
from outreach import greeting, greeting_settling, greeting_switching
from outreach.greeting_models import Greeting, GreetingSwitch
from tests.factories import ClinicFactory, ConsentFactory, PatientFactory, ProviderFactory
from tests.outreach.reminding import day_clinic

# On which the tests' clock stands.
TODAY = date(2026, 3, 2)


class GreetingFactory(DjangoModelFactory[Greeting]):
    """A birthday of this year whose patient had not agreed to be greeted."""

    class Meta:
        model = Greeting

    patient = factory.SubFactory(PatientFactory)
    clinic = factory.SubFactory(ClinicFactory)
    provider = factory.SubFactory(
        ProviderFactory, clinics=factory.LazyAttribute(lambda o: [o.factory_parent.clinic])
    )
    birthday_on = factory.LazyFunction(lambda: timezone.now().date())
    year = factory.LazyAttribute(lambda o: o.birthday_on.year)
    status = "skipped"
    reason = "no_consent"
    created_at = factory.LazyFunction(timezone.now)
    changed_at = factory.LazyAttribute(lambda o: o.created_at)


def switched_on(provider: Provider, *, at: datetime | None = None) -> GreetingSwitch:
    """Somebody has read what it does, and accepted it."""
    now = at or timezone.now()
    read = greeting_switching.statement(provider=provider, now=now)
    return greeting_switching.switch_on(provider_id=provider.pk, accepted=read.version, by="boss", now=now)


def doctor(*, on: bool = True, at: datetime | None = None, **clinic: Any) -> Provider:
    """Dr. Bob at a clinic in Chicago that texts from 8 to 20 o'clock, whose patients are greeted."""
    provider: Provider = ProviderFactory.create(
        name="Dr. Bob", clinics=[day_clinic(sms_name="Lakeside", **clinic)]
    )
    if on:
        switched_on(provider, at=at)
    return provider


def born(month: int, day: int, year: int = 1980, *, agrees: bool = True, **fields: Any) -> Patient:
    """A patient of Dr. Bob's, where no other is given, who agreed to be greeted."""
    who: dict[str, Any] = {"date_of_birth": date(year, month, day), **fields}
    if "primary_provider" not in who:
        who["primary_provider"] = Provider.objects.order_by("pk").first() or doctor()
    patient: Patient = PatientFactory(**who)
    if agrees:
        ConsentFactory(patient=patient)
    return patient


def with_birthday_at_noon(count: int, *, on: bool = True) -> list[Patient]:
    """Patients with a birthday today, at a clinic where it is noon: for tests that cannot stop the clock."""
    now = timezone.now()
    # Etc/GMT+5 is five hours behind UTC.
    behind = now.hour - 12
    provider = doctor(on=False, timezone=f"Etc/GMT{behind:+d}")
    if on:
        switched_on(provider, at=now - timedelta(minutes=1))
    today = now.astimezone(provider.clinics.get().zone).date()
    return [born(today.month, today.day, primary_provider=provider) for _ in range(count)]


def dispatch() -> dict[str, int]:
    return dict(greeting.dispatch(clock=timezone.now))


def work() -> None:
    """What beat does: greet, send, and hear what became of it."""
    greeting.dispatch(clock=timezone.now)
    sweeping.sweep_outbox(clock=timezone.now)
    greeting_settling.sweep(now=timezone.now())


def states(patient: Patient) -> list[str]:
    """What became of each of the patient's birthdays, the oldest first."""
    rows = Greeting.objects.filter(patient=patient).order_by("year")
    return [f"{row.status}: {row.reason}" if row.reason else str(row.status) for row in rows]


def texts() -> list[Message]:
    """Every greeting's text, the first one first."""
    return list(Message.objects.filter(kind=Kind.GREETING).order_by("pk"))
