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
from tests.factories import (
    ClinicFactory,
    PatientFactory,
    ProviderFactory,
    UserFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)

pytestmark = pytest.mark.django_db


def test_those_whom_the_slot_fits_stand_first_by_their_points_and_then_all_who_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    clinic = ClinicFactory.create(grace_seconds=0, batch_size=1)
    provider, visit_type = ProviderFactory.create(clinics=[clinic]), VisitTypeFactory.create()
    names = {"Zoe": 10, "Yan": 30, "Amy": 20}
    for name, boost in names.items():
        patient = PatientFactory.create(last_name=name)
        WaitlistEntryFactory.create(
            clinic=clinic, visit_type=visit_type, patient=patient, manual_boost=boost, boost_reason="pain"
        )
    other = PatientFactory.create(last_name="Abel")
    WaitlistEntryFactory.create(clinic=clinic, visit_type=VisitTypeFactory.create(), patient=other)
    slot = opening.open_slot(
        slot=opening.NewSlot(
            clinic_id=clinic.pk,
            provider_id=provider.pk,
            visit_type_id=visit_type.pk,
            starts_at=in_hours(48),
            ends_at=in_hours(48) + timedelta(minutes=30),
        ),
        by="desk",
        now=timezone.now(),
    )
    offer_tasks.sweep_slots.run()
    client.force_login(UserFactory(roles=["front desk"]))
    page = client.get(f"/cancellations/{slot.pk}/fill/").content.decode()
    assert re.findall(r"(Yan|Zoe|Amy|Abel), phone [^,\s]+(, fits: \d+ points)?", page) == [
        ("Yan", ", fits: 40 points"),
        ("Amy", ", fits: 30 points"),
        ("Zoe", ", fits: 20 points"),
        ("Abel", ""),
    ]
    found = client.post(f"/cancellations/{slot.pk}/fill/", {"find": "1", "name": "Amy"}).content.decode()
    assert ", fits: 30 points" in found
    assert "Zoe" not in found
