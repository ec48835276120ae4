"""Rows for tests of the calendar beyond its visits: files, notices and rooms."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinic.models import ClinicFile, Notice, Resource
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, ProviderFactory


class ClinicFileFactory(DjangoModelFactory[ClinicFile]):
    """A file whose number is past any that a booking would count."""

    class Meta:
        model = ClinicFile

    patient = factory.SubFactory(PatientFactory)
    clinic = factory.SubFactory(ClinicFactory)
    provider = factory.SubFactory(
        ProviderFactory, clinics=factory.LazyAttribute(lambda o: [o.factory_parent.clinic])
    )
    seq = factory.Sequence(lambda n: 1000 + n)
    number = factory.LazyAttribute(lambda o: f"{o.patient.file_number}-TEST-{o.seq}")
    opened_at = factory.LazyFunction(timezone.now)


class NoticeFactory(DjangoModelFactory[Notice]):
    """A provider is told of a visit that was booked."""

    class Meta:
        model = Notice

    appointment = factory.SubFactory(AppointmentFactory)
    provider = factory.SelfAttribute("appointment.provider")
    about = "booked"
    created_at = factory.LazyFunction(timezone.now)


class ResourceFactory(DjangoModelFactory[Resource]):
    class Meta:
        model = Resource

    clinic = factory.SubFactory(ClinicFactory)
    name = factory.Sequence(lambda n: f"Room {n}")
    kind = "room"
