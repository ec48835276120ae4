"""Naming a doctor or an office of drchrono: what waited for it is handled again, as with HL7's codes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from clinic.models import Appointment
from core.models import AuditEvent
from integrations import handling
from integrations.drchrono import mapping
from integrations.models import DrchronoRecord, FeedCode, FeedMessage, Parked
from messaging.models import Message
from tests.integrations.drchrono_api import appointment
from tests.integrations.practice import World

pytestmark = pytest.mark.django_db


def unnamed(world: World, kind: str, *keys: int) -> int | None:
    """The practice is read while nobody has said what this is; what it stood for."""
    ours: int | None = FeedCode.objects.filter(kind=kind).values_list(f"{kind}_id", flat=True).get()
    FeedCode.objects.filter(kind=kind).delete()
    world.api.pages["doctors"] = [
        [{"id": 9, "first_name": "Eve", "last_name": "Orr", "timezone": "US/Pacific"}]
    ]
    world.api.pages["offices"] = [[{"id": 5, "name": "Downtown"}]]
    world.api.pages["appointments"] = [[appointment(key) for key in keys]]
    world.sync()
    assert not Appointment.objects.exists()
    return ours


def name(listing: str, ours: int | None) -> int:
    record = DrchronoRecord.objects.get(listing=listing)
    waited = mapping.name(record_id=record.pk, ours=ours, by="admin", now=timezone.now())
    handling.sweep(clock=timezone.now)
    return waited


def test_the_visits_of_a_doctor_who_is_named_stand_in_the_calendar(world: World) -> None:
    ours = unnamed(world, "provider", 1, 2)
    FeedMessage.objects.filter(control_id__contains=":2:").delete()
    assert name("doctors", ours) == 1
    assert Appointment.objects.get().provider_id == ours
    assert (Parked.objects.get().resolution, Message.objects.count()) == ("replayed", 0)
    assert AuditEvent.objects.get(verb="feed.replayed").actor == "admin"


def test_an_office_that_is_named_later_has_its_own_clock(world: World) -> None:
    ours = unnamed(world, "clinic", 1)
    assert name("offices", ours) == 1
    # Ten o'clock in Denver: neither where the source is, nor where the doctor's own clock is.
    assert Appointment.objects.get().starts_at.isoformat() == "2026-03-09T16:00:00+00:00"


def test_a_doctor_who_is_none_of_ours_lets_the_visits_go(world: World) -> None:
    unnamed(world, "provider", 1)
    assert name("doctors", None) == 1
    assert not Appointment.objects.exists()
    assert not Parked.objects.filter(resolution="open").exists()


def test_what_waits_for_something_else_goes_on_waiting(world: World) -> None:
    ours = unnamed(world, "provider", 1)
    FeedCode.objects.filter(kind="clinic").delete()
    assert name("offices", None) == 0
    assert name("doctors", ours) == 1
    assert not Parked.objects.filter(resolution="open").exists()
