"""Rows for tests, with the least that makes them true. Phones are from the fictional range."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import factory
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinic.models import Appointment, Clinic, Consent, Membership, Patient, Provider, VisitType
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers.models import Cancellation, ClinicText, Offer, Round, StaffCall
from offers.states import RUNNING, CancellationStatus
from staff import roles
from waitlist.models import Availability, WaitlistEntry

AREA_CODES = (202, 212, 213, 214, 215, 303, 305, 310, 312, 313)
AREA_CODES += (404, 408, 415, 512, 602, 612, 617, 702, 713, 718)  # type: ignore[assignment]
PASSWORD = "correct horse battery staple"


def fictional_phone(number: int) -> str:
    """The nth of 1,900 numbers that belong to nobody (555-0100 to 555-0199)."""
    area = AREA_CODES[number // 100 % len(AREA_CODES)]
    return f"+1{area}55501{number % 100:02d}"


def in_hours(hours: float) -> datetime:
    """The full minute that many hours from now."""
    return (timezone.now() + timedelta(hours=hours)).replace(second=0, microsecond=0)


class ClinicFactory(DjangoModelFactory[Clinic]):
    class Meta:
        model = Clinic

    name = factory.Sequence(lambda n: f"Clinic {n}")
    sms_name = factory.Sequence(lambda n: f"Clinic {n}")
    timezone = "America/Chicago"
    # Tests run at any hour; those about contact hours set them.
    contact_hours_start = time(0, 0)
    contact_hours_end = time(23, 59, 59)


class ProviderFactory(DjangoModelFactory[Provider]):
    """`clinics` is a list; without it the provider gets a clinic of his or her own."""

    class Meta:
        model = Provider

    name = factory.Sequence(lambda n: f"Dr. Provider {n}")
    provider_type = "physician"
    clinics = factory.LazyFunction(lambda: [ClinicFactory()])

    @classmethod
    def _create(cls, model_class: type[Provider], *args: Any, **kwargs: Any) -> Provider:
        clinics: Iterable[Clinic] = kwargs.pop("clinics")
        provider: Provider = super()._create(model_class, *args, **kwargs)
        provider.clinics.set(clinics)
        return provider


class VisitTypeFactory(DjangoModelFactory[VisitType]):
    class Meta:
        model = VisitType

    name = factory.Sequence(lambda n: f"Visit type {n}")
    duration_minutes = 30


class PatientFactory(DjangoModelFactory[Patient]):
    """Somebody who agreed to be texted, as the ledger says; the phone's zones are left to the clinic's."""

    class Meta:
        model = Patient

    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = factory.Sequence(lambda n: f"Last{n}")
    phone = factory.Sequence(fictional_phone)
    sms_consent = True

    @classmethod
    def _create(cls, model_class: type[Patient], *args: Any, **kwargs: Any) -> Patient:
        patient: Patient = super()._create(model_class, *args, **kwargs)
        if patient.sms_consent:
            said = {"given": True, "source": "staff", "words": "Text me.", "recorded_by": "frontdesk"}
            Consent.objects.create(patient=patient, channel="sms", recorded_at=timezone.now(), **said)
        return patient


class ConsentFactory(DjangoModelFactory[Consent]):
    """Agreed to birthday greetings."""

    class Meta:
        model = Consent

    patient = factory.SubFactory(PatientFactory)
    channel = "greeting"
    given = True
    source = "staff"
    words = "Greet me."
    recorded_by = "frontdesk"
    recorded_at = factory.LazyFunction(timezone.now)


class WaitlistEntryFactory(DjangoModelFactory[WaitlistEntry]):
    class Meta:
        model = WaitlistEntry

    patient = factory.SubFactory(PatientFactory)
    clinic = factory.SubFactory(ClinicFactory)
    visit_type = factory.SubFactory(VisitTypeFactory)
    boost_reason = factory.LazyAttribute(lambda o: "Asked by the doctor" if o.manual_boost else "")
    manual_boost = 0
    joined_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=5))
    changed_at = factory.LazyAttribute(lambda o: o.joined_at)


class AvailabilityFactory(DjangoModelFactory[Availability]):
    class Meta:
        model = Availability

    entry = factory.SubFactory(WaitlistEntryFactory)
    weekday = 0
    start = time(8, 0)
    end = time(17, 0)


class AppointmentFactory(DjangoModelFactory[Appointment]):
    """Ten days ahead, for the length of the visit type, with a provider of that clinic."""

    class Meta:
        model = Appointment

    clinic = factory.SubFactory(ClinicFactory)
    provider = factory.SubFactory(
        ProviderFactory, clinics=factory.LazyAttribute(lambda o: [o.factory_parent.clinic])
    )
    patient = factory.SubFactory(PatientFactory)
    visit_type = factory.SubFactory(VisitTypeFactory)
    starts_at = factory.LazyFunction(lambda: in_hours(240))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=o.visit_type.duration_minutes))
    created_at = factory.LazyFunction(timezone.now)


class CancellationFactory(DjangoModelFactory[Cancellation]):
    """An open slot in two days whose grace has just run out: its first step is due."""

    class Meta:
        model = Cancellation

    clinic = factory.SubFactory(ClinicFactory)
    provider = factory.SubFactory(
        ProviderFactory, clinics=factory.LazyAttribute(lambda o: [o.factory_parent.clinic])
    )
    visit_type = factory.SubFactory(VisitTypeFactory)
    starts_at = factory.LazyFunction(lambda: in_hours(48))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=o.visit_type.duration_minutes))
    is_shadow = factory.LazyAttribute(lambda o: o.clinic.is_shadow)
    created_at = factory.LazyFunction(timezone.now)
    grace_ends_at = factory.LazyAttribute(lambda o: o.created_at)
    status = CancellationStatus.OPEN
    next_step_at = factory.LazyAttribute(lambda o: o.grace_ends_at if o.status in RUNNING else None)
    paused_by = factory.LazyAttribute(lambda o: "frontdesk" if o.status == CancellationStatus.PAUSED else "")
    changed_at = factory.LazyAttribute(lambda o: o.created_at)
    logged_by = "frontdesk"


class RoundFactory(DjangoModelFactory[Round]):
    """A round in which nobody was considered; tests of decisions fill the arrays."""

    class Meta:
        model = Round

    cancellation = factory.SubFactory(CancellationFactory)
    number = factory.Sequence(lambda n: n + 1)
    started_at = factory.LazyFunction(timezone.now)
    places = 3
    policy_version = "test"
    eligible_count = 0
    entry_ids = factory.LazyFunction(list)
    reasons = factory.LazyFunction(list)
    parts = factory.LazyFunction(list)


class OfferFactory(DjangoModelFactory[Offer]):
    """A question not handed over yet. Entry and round belong to the cancellation's clinic and visit type."""

    class Meta:
        model = Offer

    cancellation = factory.SubFactory(CancellationFactory)
    round = factory.SubFactory(RoundFactory, cancellation=factory.SelfAttribute("..cancellation"))
    entry = factory.SubFactory(
        WaitlistEntryFactory,
        clinic=factory.SelfAttribute("..cancellation.clinic"),
        visit_type=factory.SelfAttribute("..cancellation.visit_type"),
    )
    patient = factory.SelfAttribute("entry.patient")
    phone = factory.SelfAttribute("patient.phone")
    rank = 1
    # Ten points of proximity, packed as waitlist.scoring does it.
    score = 10
    parts = 10 << 8
    created_at = factory.LazyFunction(timezone.now)


class StaffCallFactory(DjangoModelFactory[StaffCall]):
    """A call that goes on for five minutes more."""

    class Meta:
        model = StaffCall

    cancellation = factory.SubFactory(CancellationFactory)
    patient = factory.SubFactory(PatientFactory)
    by = "alice"
    begun_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("begun_at")
    ends_at = factory.LazyAttribute(lambda call: call.begun_at + timedelta(minutes=5))


class ClinicTextFactory(DjangoModelFactory[ClinicText]):
    """A clinic's own words for a NO, in use."""

    class Meta:
        model = ClinicText

    clinic = factory.SubFactory(ClinicFactory)
    name = "declined"
    language = "en"
    body = "{clinic}: thanks, maybe next time!"
    version = "declined/en@test"
    changed_by = "manager"
    since = factory.LazyFunction(timezone.now)


class MessageFactory(DjangoModelFactory[Message]):
    """An offer's text that waits to be sent."""

    class Meta:
        model = Message

    direction = Direction.OUTBOUND
    kind = Kind.OFFER
    to = factory.Sequence(fictional_phone)
    body = "An earlier time is free. Reply YES or NO."
    status = MessageStatus.QUEUED
    logical_key = factory.Sequence(lambda n: f"test:{n}")
    created_at = factory.LazyFunction(timezone.now)
    changed_at = factory.LazyAttribute(lambda o: o.created_at)
    next_attempt_at = factory.LazyAttribute(
        lambda o: o.created_at if o.status in (MessageStatus.QUEUED, MessageStatus.UNKNOWN) else None
    )


def role(name: str) -> Group:
    """The group that migrations made; made anew where a transactional test has emptied the tables."""
    if not Group.objects.filter(name=name).exists():
        for written in sorted(
            found.name for found in iter_modules(import_module("staff.migrations").__path__)
        ):
            migration = import_module(f"staff.migrations.{written}")
            roles.grant(apps, getattr(migration, "GRANTED", {}), using="default")
    return Group.objects.get(name=name)


class UserFactory(DjangoModelFactory[AbstractUser]):
    """Somebody with an account; `roles` are names of the groups, for example ["front desk"].

    Sees every clinic, unless `clinics` says where he or she works.
    """

    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda n: f"user{n}")
    roles: tuple[str, ...] = ()
    clinics: tuple[Clinic, ...] | None = None

    @classmethod
    def _create(cls, model_class: type[AbstractUser], *args: Any, **kwargs: Any) -> AbstractUser:
        held, clinics = kwargs.pop("roles"), kwargs.pop("clinics")
        user: AbstractUser = model_class._default_manager.create_user(**kwargs, password=PASSWORD)
        user.groups.set([role(name) for name in held])
        if clinics is None:
            user.user_permissions.add(Permission.objects.get(codename="view_every_clinic"))
        Membership.objects.bulk_create(Membership(user_id=user.pk, clinic=clinic) for clinic in clinics or ())
        return user
