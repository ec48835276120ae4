"""How deep a list is, before anybody cancels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clinic.models import Clinic, Provider
from messaging import optout
from offers import depth
from offers.states import OfferStatus
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create()
    return made


@pytest.fixture
def alice(clinic: Clinic) -> Provider:
    made: Provider = factories.ProviderFactory.create(provider_type="nurse", clinics=[clinic], name="Alice")
    return made


def test_four_eligible_are_a_chance_of_a_third(clinic: Clinic, alice: Provider) -> None:
    visit = factories.VisitTypeFactory()
    for kind in ({"provider": alice}, {"provider_type": "nurse"}, {}, {}):
        factories.WaitlistEntryFactory(clinic=clinic, visit_type=visit, **kind)
    factories.WaitlistEntryFactory(clinic=clinic, visit_type=visit, provider_type="dentist")
    found = depth.of(clinic=clinic, now=NOW)
    assert [(one.provider, one.eligible, one.waiting, one.percent) for one in found] == [("Alice", 4, 4, 33)]


def test_whoever_cannot_be_texted_waits_and_is_not_eligible(clinic: Clinic, alice: Provider) -> None:
    stopped = factories.WaitlistEntryFactory(clinic=clinic, provider=alice)
    factories.WaitlistEntryFactory(
        clinic=clinic, visit_type=stopped.visit_type, patient=factories.PatientFactory(sms_consent=False)
    )
    optout.suppress(phone=stopped.patient.phone, words="STOP", source="text", now=NOW)
    found = depth.of(clinic=clinic, now=NOW)
    assert [(one.eligible, one.waiting, one.percent) for one in found] == [(0, 2, 0)]


def test_whoever_is_paused_or_waits_no_longer_does_not_count(clinic: Clinic, alice: Provider) -> None:
    factories.WaitlistEntryFactory(clinic=clinic, provider=alice, status="paused")
    gone = {"joined_at": NOW - timedelta(days=9), "expires_at": NOW - timedelta(days=1)}
    factories.WaitlistEntryFactory(clinic=clinic, provider=alice, **gone)
    factories.WaitlistEntryFactory(provider=alice)
    assert depth.of(clinic=clinic, now=NOW) == []


def test_the_clinics_own_share_counts_once_there_is_enough_of_it(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = factories.CancellationFactory(clinic=clinic)
    when = {"created_at": NOW - timedelta(days=1), "hold_expires_at": NOW - timedelta(hours=23)}
    for status in (OfferStatus.ACCEPTED, OfferStatus.EXPIRED, OfferStatus.DECLINED, OfferStatus.TAKEN):
        factories.OfferFactory(cancellation=slot, status=status, **when)
    assert depth.accepted_share(clinic=clinic, now=NOW) == depth.USUAL_SHARE
    monkeypatch.setattr(depth, "ENOUGH_OFFERS", 4)
    assert depth.accepted_share(clinic=clinic, now=NOW) == 0.25


def test_an_empty_list_has_no_depth(clinic: Clinic) -> None:
    assert depth.of(clinic=clinic, now=NOW) == []
    assert depth.chance(0, 0.1) == 0
