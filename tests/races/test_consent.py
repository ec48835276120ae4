"""Words about consent that meet in one instant: the ledger and the patient never disagree."""

from functools import partial

import pytest
from django.utils import timezone

from clinic import registering
from clinic.models import Consent, Patient
from messaging import optout
from ops import invariants
from tests.factories import PatientFactory
from tests.races.race import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 20


def test_stop_start_and_the_front_desk_leave_one_last_word() -> None:
    for _ in range(TIMES):
        patient, now = PatientFactory(), timezone.now()
        tick = partial(registering.update, patient_id=patient.pk, by="desk", now=now)
        at_once(
            partial(optout.suppress, phone=patient.phone, words="STOP", source="text", now=now),
            partial(optout.lift, phone=patient.phone, words="START", now=now),
            partial(tick, changes={"sms_consent": False}),
            partial(tick, changes={"sms_consent": True}),
        )
        patient.refresh_from_db()
        last = Consent.objects.on(patient_id=patient.pk, channel="sms").first()
        assert last is not None
        assert patient.sms_consent == last.given
        assert dict(invariants.violations(now=now)) == {}


def test_two_stops_at_once_are_one_withdrawal_for_everybody_at_the_number() -> None:
    for _ in range(TIMES):
        parent = PatientFactory()
        child, now = PatientFactory(phone=parent.phone), timezone.now()
        stop = partial(optout.suppress, phone=parent.phone, words="STOP", source="text", now=now)
        at_once(stop, stop)
        assert Consent.objects.filter(patient__in=[parent, child], given=False).count() == 2
        assert not Patient.objects.filter(phone=parent.phone, sms_consent=True).exists()
