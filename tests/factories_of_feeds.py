"""Rows of schedule feeds for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import factory
from django.utils import timezone as clocks
from factory.django import DjangoModelFactory

from clinic.models import Clinic
from integrations import sealing
from integrations.models import FeedCode, FeedMessage, Parked, Source, Todo
from tests.factories import AppointmentFactory, ClinicFactory


class SourceFactory(DjangoModelFactory[Source]):
    """A feed in the clinic's zone; `clinics` is a list, and without it the source has one of its own."""

    class Meta:
        model = Source

    name = factory.Sequence(lambda n: f"Source {n}")
    kind = "hl7"
    timezone = "America/Chicago"
    clinics = factory.LazyFunction(lambda: [ClinicFactory()])
    created_at = factory.LazyFunction(clocks.now)

    @classmethod
    def _create(cls, model_class: type[Source], *args: Any, **kwargs: Any) -> Source:
        clinics: Iterable[Clinic] = kwargs.pop("clinics")
        source: Source = super()._create(model_class, *args, **kwargs)
        source.clinics.set(clinics)
        return source


class FeedCodeFactory(DjangoModelFactory[FeedCode]):
    class Meta:
        model = FeedCode

    source = factory.SubFactory(SourceFactory)
    kind = "provider"
    value = factory.Sequence(lambda n: f"CODE{n}")


class FeedMessageFactory(DjangoModelFactory[FeedMessage]):
    """A message that has been handled."""

    class Meta:
        model = FeedMessage

    source = factory.SubFactory(SourceFactory)
    kind = "hl7"
    control_id = factory.Sequence(lambda n: f"MSG{n:05d}")
    digest = factory.Sequence(lambda n: f"{n:064x}")
    body = factory.LazyFunction(lambda: sealing.seal(b"MSH|^~\\&|EHR|CLINIC"))
    status = "handled"
    received_at = factory.LazyFunction(clocks.now)
    next_attempt_at = factory.LazyAttribute(lambda o: o.received_at if o.status == "received" else None)


class ParkedFactory(DjangoModelFactory[Parked]):
    """A code that nobody knows."""

    class Meta:
        model = Parked

    message = factory.SubFactory(FeedMessageFactory, status="parked")
    why = "unknown_code"
    place = "provider"
    code_kind = "provider"
    code = "DR-WHO"
    parked_at = factory.LazyFunction(clocks.now)


class TodoFactory(DjangoModelFactory[Todo]):
    """A visit in a time that was blocked."""

    class Meta:
        model = Todo

    kind = "blocked"
    appointment = factory.SubFactory(AppointmentFactory)
    clinic = factory.SelfAttribute("appointment.clinic")
    created_at = factory.LazyFunction(clocks.now)
