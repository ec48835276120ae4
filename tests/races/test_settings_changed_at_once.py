"""Two who change one clinic's settings at one instant, and going live beside the step of a slot in shadow."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from clinic import settling
from clinic.models import Clinic
from core.models import AuditEvent
from messaging.models import Message
from offers import rounds, shadowing
from offers.models import Offer
from tests.factories import CancellationFactory, ClinicFactory, WaitlistEntryFactory
from tests.races.race import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TIMES = 20


def test_of_several_who_change_settings_one_succeeds_each_time() -> None:
    clinic = ClinicFactory()
    for turn in range(TIMES):
        seen = settling.version(Clinic.objects.get(pk=clinic.pk))
        given = {"clinic_id": clinic.pk, "seen": seen, "by": "mia", "now": timezone.now()}
        wishes = [{"lead_minutes": 100 + turn}, {"offers_per_day": 100 + turn}, {"batch_size": 1 + turn}]
        at_once(*[partial(settling.settle, values=wish, **given) for wish in wishes])
        assert AuditEvent.objects.filter(verb="clinic.arranged").count() == turn + 1


def test_a_slot_that_steps_while_its_clinic_goes_live_asks_nobody() -> None:
    for _ in range(TIMES):
        slot = CancellationFactory(clinic=ClinicFactory(is_shadow=True))
        WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
        now = timezone.now()
        at_once(
            partial(rounds.advance, cancellation_id=slot.pk, now=now),
            partial(shadowing.go_live, clinic_id=slot.clinic_id, by="mia", now=now),
        )
        slot.refresh_from_db()
        assert (slot.status, Clinic.objects.get(pk=slot.clinic_id).is_shadow) == ("withdrawn", False)
    assert not Offer.objects.exists()
    assert not Message.objects.exists()
