"""Rows of what other systems have to learn, for tests."""

from __future__ import annotations

import factory
from django.utils import timezone as clocks
from factory.django import DjangoModelFactory

from integrations.models import DrchronoRecord, WriteBack
from tests.factories import AppointmentFactory
from tests.factories_of_feeds import SourceFactory


class WriteBackFactory(DjangoModelFactory[WriteBack]):
    """A booking that waits for a person to enter it."""

    class Meta:
        model = WriteBack

    appointment = factory.SubFactory(AppointmentFactory)
    source = factory.LazyAttribute(lambda o: SourceFactory.create(clinics=[o.appointment.clinic]))
    what = "book"
    placer = factory.Sequence(lambda n: f"W{n:016d}")
    control_id = factory.Sequence(lambda n: f"C{n:016d}")
    status = "by_hand"
    created_at = factory.LazyFunction(clocks.now)
    changed_at = factory.LazyFunction(clocks.now)


class RecordFactory(DjangoModelFactory[DrchronoRecord]):
    """A doctor over there."""

    class Meta:
        model = DrchronoRecord

    source = factory.SubFactory(SourceFactory, kind="drchrono")
    listing = "doctors"
    key = factory.Sequence(str)
    name = "Eve Orr"
