"""Booked by phone: whom to call first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from celery.app.task import Task
from django.test import Client
from django.utils import timezone

from offers import opening
from offers import tasks as offer_tasks
from offers.models import Cancellation
from tests.factories import (
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Cancellation:
    """On offer, with three whom it fits and one who waits for another kind of visit."""
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    clinic = ClinicFactory.create(grace_seconds=0, batch_size=1)
    provider, visit_type = ProviderFactory.create(clinics=[clinic]), VisitTypeFactory.create()
    for name, boost in {"Zoe": 10, "Yan": 30, "Amy": 20}.items():
        wish = {"clinic": clinic, "visit_type": visit_type, "manual_boost": boost, "boost_reason": "pain"}
        WaitlistEntryFactory.create(**wish, patient=PatientFactory.create(last_name=name))
    other = PatientFactory.create(last_name="Abel")
    WaitlistEntryFactory.create(clinic=clinic, visit_type=VisitTypeFactory.create(), patient=other)
    new = opening.NewSlot(
        clinic_id=clinic.pk,
        provider_id=provider.pk,
        visit_type_id=visit_type.pk,
        starts_at=in_hours(48),
        ends_at=in_hours(48) + timedelta(minutes=30),
    )
    opened = opening.open_slot(slot=new, by="desk", now=timezone.now())
    offer_tasks.sweep_slots.run()
    return opened


def test_those_whom_the_slot_fits_stand_first_by_their_points_and_then_all_who_wait(
    desk: Client, slot: Cancellation
) -> None:
    page = desk.get(f"/cancellations/{slot.pk}/fill/").content.decode()
    assert re.findall(r"(Yan|Zoe|Amy|Abel), phone [^,\s]+(, fits: \d+ points)?", page) == [
        ("Yan", ", fits: 40 points"),
        ("Amy", ", fits: 30 points"),
        ("Zoe", ", fits: 20 points"),
        ("Abel", ""),
    ]


def test_a_search_says_of_whom_it_finds_whether_the_slot_fits(desk: Client, slot: Cancellation) -> None:
    found = desk.post(f"/cancellations/{slot.pk}/fill/", {"find": "1", "name": "Amy"}).content.decode()
    assert ", fits: 30 points" in found
    assert "Zoe" not in found
