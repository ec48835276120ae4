"""A feed at a Monday morning; tasks stay away, as the tests call the verbs themselves."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from celery.app.task import Task
from django.utils import timezone

from clinic.booking import NewBooking
from clinic.models import Clinic, Patient, Provider
from integrations import sealing
from integrations.models import DrchronoAccount, FeedCode, Source
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory
from tests.integrations import connecting
from tests.integrations.connecting import Connected
from tests.integrations.drchrono_api import DrchronoApi, patient
from tests.integrations.feed import Feed
from tests.integrations.overhearing import Lines
from tests.integrations.practice import World


@pytest.fixture
def feed(clock: time_machine.Traveller, db: None) -> Feed:
    return Feed()


@pytest.fixture
def wish(clock: time_machine.Traveller, db: None) -> NewBooking:
    """What staff want to book."""
    return connecting.wanted()


@pytest.fixture
def connected(request: pytest.FixtureRequest, wish: NewBooking, settings: Any) -> Iterator[Connected]:
    """The EHR of the wish's clinic, which knows its patient."""
    way = getattr(request, "param", "fhir")
    clinic, provider = Clinic.objects.get(pk=wish.clinic_id), Provider.objects.get(pk=wish.provider_id)
    with connecting.connected(way, clinic=clinic, provider=provider, settings=settings) as found:
        found.knows(Patient.objects.get(pk=wish.patient_id))
        yield found


@pytest.fixture
def world(clock: time_machine.Traveller, settings: Any) -> Iterator[World]:
    clinic = ClinicFactory.create(timezone="America/Denver")
    provider = ProviderFactory.create(clinics=[clinic])
    with DrchronoApi() as api:
        settings.DRCHRONO_CLIENT_ID, settings.DRCHRONO_CLIENT_SECRET = "an-id", "a-secret"
        settings.DRCHRONO_BASE_URL = api.url
        source = Source.objects.create(
            name="drchrono", kind="drchrono", timezone="America/Chicago", created_at=timezone.now(),
            visit_type=VisitTypeFactory.create(),
        )  # fmt: skip
        source.clinics.add(clinic)
        FeedCode.objects.create(source=source, kind="provider", value="9", provider=provider)
        FeedCode.objects.create(source=source, kind="clinic", value="5", clinic=clinic)
        token = sealing.seal(b"a-token")
        DrchronoAccount.objects.create(source=source, access_token=token, refresh_token=token)
        api.pages["patients"] = [[patient(77)]]
        yield World(api=api, source=source, clock=clock)


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def publish(task: Task[Any, Any], args: Any = None, kwargs: Any = None, **options: Any) -> None:
        found.append(json.dumps([task.name, args, kwargs, str(options)]))

    monkeypatch.setattr(Task, "apply_async", publish)
    return found
