"""Invented data for trying everything out: the same people every time, with dates counted from today."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from clinic import booking, consenting, registering
from clinic.booking import NewBooking
from clinic.models import (
    Appointment,
    Clinic,
    ConsentSource,
    Patient,
    Provider,
    ProviderHours,
    Resource,
    VisitType,
)
from core import audit
from outreach import greeting_switching
from waitlist import joining
from waitlist.joining import Window, Wish

SEED = 20
PATIENTS = 200
ENTRIES = 120

_CLINICS = (
    ("Lakeside Family Clinic", "Lakeside", "LAKE", "+13125550190", "America/Chicago"),
    ("Lincoln Park Clinic", "Lincoln Park", "PARK", "+13125550191", "America/Chicago"),
    ("Foothills Clinic", "Foothills", "HILL", "+13035550192", "America/Denver"),
)
_PROVIDERS = (
    ("Dr. Amara Okafor", "physician"),
    ("Dr. Benjamin Weiss", "physician"),
    ("Dr. Clara Lindqvist", "physician"),
    ("Dr. Daniel Reyes", "physician"),
    ("Dr. Elif Demir", "physician"),
    ("Dr. Farid Haddad", "physician"),
    ("Grace Nakamura", "nurse"),
    ("Henry Osei", "nurse"),
    ("Isla Moreau", "nurse"),
    ("Jonas Petersen", "therapist"),
    ("Keiko Tanaka", "therapist"),
    ("Lucia Ferrari", "therapist"),
)
_VISITS = (("New patient visit", 45), ("Follow-up", 30), ("Check-up", 30), ("Therapy session", 60))
_FIRST: tuple[str, ...] = (
    "Ana",
    "Ben",
    "Carla",
    "David",
    "Elena",
    "Frank",
    "Gina",
    "Hugo",
    "Iris",
    "Jack",
    "Kira",
    "Luis",
)
_FIRST += ("Maya", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tara")
_LAST: tuple[str, ...] = (
    "Alvarez",
    "Brooks",
    "Chen",
    "Diaz",
    "Evans",
    "Fischer",
    "Garcia",
    "Hughes",
    "Ito",
    "Jensen",
    "Kim",
)
_LAST += ("Lopez", "Meyer", "Novak", "Ortiz", "Park", "Quist", "Ruiz", "Silva", "Torres")
_GREET_ME = "Yes, a birthday greeting would be nice."
_AREAS = (202, 212, 213, 214, 303, 312, 404, 415, 512, 602)


@dataclass
class _Group:
    """What has been made so far."""

    clinics: list[Clinic] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    visits: list[VisitType] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    booked: dict[int, Appointment] = field(default_factory=dict)


@transaction.atomic
def seed(*, now: datetime) -> bool:
    """Fill an empty database with a clinic group; False, and nothing done, where it has clinics already.

    The demo's clinics may text at any hour, so that it can be tried at any hour.
    """
    if Clinic.objects.exists():
        return False
    dice = random.Random(SEED)  # noqa: S311 - the same invented people every time
    group = _Group()
    _make_places(group)
    _make_patients(group, dice, now)
    _make_appointments(group, dice, now)
    _make_today(group, now)
    _make_entries(group, dice, now)
    _make_birthdays(group, now)
    return True


def _make_places(group: _Group) -> None:
    for name, sms_name, code, phone, zone in _CLINICS:
        always = {"contact_hours_start": time(0), "contact_hours_end": time(23, 59)}
        clinic = Clinic(name=name, sms_name=sms_name, code=code, phone=phone, timezone=zone, **always)
        clinic.save()
        Resource.objects.create(clinic=clinic, name="Treatment room 1", kind=Resource.Kind.ROOM)
        group.clinics.append(clinic)
    group.visits = [VisitType.objects.create(name=n, duration_minutes=m) for n, m in _VISITS]
    for place, (name, kind) in enumerate(_PROVIDERS):
        provider = Provider.objects.create(name=name, provider_type=kind)
        clinic = group.clinics[place % len(group.clinics)]
        provider.clinics.add(clinic)
        for day in range(5):
            hours = {"weekday": day, "start": time(8), "end": time(17)}
            ProviderHours.objects.create(provider=provider, clinic=clinic, **hours)
        group.providers.append(provider)


def _make_patients(group: _Group, dice: random.Random, now: datetime) -> None:
    names = [(first, last) for last in _LAST for first in _FIRST]
    for number, (first, last) in enumerate(dice.sample(names, PATIENTS)):
        # Every fortieth shares the phone of the one before: a parent and a child.
        line = number - 1 if number % 40 == 39 else number
        patient = registering.NewPatient(
            first_name=first,
            last_name=last,
            date_of_birth=date(1940, 1, 1) + timedelta(days=dice.randrange(28000)),
            phone=f"+1{_AREAS[line // 100]}55501{line % 100:02d}",
            language="es" if dice.random() < 0.2 else "en",
            sms_consent=dice.random() < 0.92,
        )
        group.patients.append(registering.register(patient=patient, by=audit.SYSTEM, now=now))


def _make_appointments(group: _Group, dice: random.Random, now: datetime) -> None:
    """One visit for each of the first 150 patients, on weekdays of the coming ten weeks."""
    taken: set[tuple[int, datetime]] = set()
    for patient in group.patients[:150]:
        provider = dice.choice(group.providers)
        clinic = _clinic_of(group, provider)
        local = (now + timedelta(days=dice.randint(1, 70))).astimezone(clinic.zone)
        local += timedelta(days=(7 - local.weekday()) if local.weekday() > 4 else 0)
        starts_at = local.replace(hour=dice.randint(8, 16), minute=0, second=0, microsecond=0).astimezone(UTC)
        if (provider.pk, starts_at) in taken or starts_at <= now:
            continue
        taken.add((provider.pk, starts_at))
        visit = dice.choice(group.visits)
        group.booked[patient.pk] = _book(group, patient, provider, (starts_at, visit), now)


def _make_today(group: _Group, now: datetime) -> None:
    """The next hours of the first provider of each clinic, whatever time of day it is."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for place, patient in enumerate(group.patients[150:156]):
        provider = group.providers[place % len(group.clinics)]
        starts_at = hour + timedelta(hours=place // len(group.clinics))
        _book(group, patient, provider, (starts_at, group.visits[1]), now)


def _book(
    group: _Group, patient: Patient, provider: Provider, what: tuple[datetime, VisitType], now: datetime
) -> Appointment:
    starts_at, visit = what
    new = NewBooking(
        clinic_id=_clinic_of(group, provider).pk,
        provider_id=provider.pk,
        patient_id=patient.pk,
        visit_type_id=visit.pk,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=visit.duration_minutes),
        # They have known for long; the phones stay quiet until something happens.
        tells_patient=False,
    )
    return booking.book(booking=new, by=audit.SYSTEM, now=now)


def _make_entries(group: _Group, dice: random.Random, now: datetime) -> None:
    for patient in dice.sample(group.patients, ENTRIES):
        current = group.booked.get(patient.pk)
        provider = current.provider if current else dice.choice(group.providers)
        boost = dice.choice((10, 20)) if dice.random() < 0.08 else 0
        mornings = [Window(day, time(7), time(13)) for day in range(5)]
        wish = Wish(
            patient_id=patient.pk,
            clinic_id=_clinic_of(group, provider).pk,
            visit_type_id=current.visit_type_id if current else dice.choice(group.visits).pk,
            provider_id=provider.pk if dice.random() < 0.25 else None,
            provider_type=provider.provider_type if dice.random() < 0.3 else "",
            urgent=dice.random() < 0.15,
            manual_boost=boost,
            boost_reason="asked for by the provider" if boost else "",
            joined_at=now - timedelta(days=dice.randint(0, 100), minutes=dice.randint(1, 900)),
            current_appointment_id=current.pk if current else None,
            availability=mornings if dice.random() < 0.15 else (),
        )
        joining.join(wish=wish, by=audit.SYSTEM, now=now)


def _make_birthdays(group: _Group, now: datetime) -> None:
    """The first two doctors have patients with birthdays today and soon; the first one greets them already.

    Of every four one has not agreed to it.
    """
    doctors, by = group.providers[:2], audit.SYSTEM
    for number, patient in enumerate(group.patients[:16]):
        doctor = doctors[number % 2]
        today = now.astimezone(_clinic_of(group, doctor).zone).date()
        day = today + timedelta(days=number // 4)
        born = {"date_of_birth": date(1940 + 4 * number, day.month, day.day), "primary_provider": doctor}
        registering.update(patient_id=patient.pk, changes=born, by=by, now=now)
        if number % 4 != 3:
            word = consenting.Word(
                channel="greeting", given=True, source=ConsentSource.STAFF, words=_GREET_ME
            )
            consenting.record(patient_id=patient.pk, word=word, by=by, now=now)
    read = greeting_switching.statement(provider=doctors[0], now=now)
    greeting_switching.switch_on(provider_id=doctors[0].pk, accepted=read.version, by=by, now=now)


def _clinic_of(group: _Group, provider: Provider) -> Clinic:
    return group.clinics[group.providers.index(provider) % len(group.clinics)]
