"""Rule 19: at most 3 offers a day and 7 a week for each patient, and peace after a NO or no answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offers import rounds
from offers.models import Offer
from tests.factories import (
    CancellationFactory,
    ClinicFactory,
    OfferFactory,
    PatientFactory,
    WaitlistEntryFactory,
)
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def verdict(*earlier: datetime, at: datetime = NOW, clinic: Any = None, **offer: Any) -> Reason:
    """What is decided at `at` about somebody who was asked at those moments, about other slots."""
    slot = CancellationFactory(
        clinic=clinic or ClinicFactory(), starts_at=at + 2 * DAY, created_at=at, next_step_at=at
    )
    entry = WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type, joined_at=at - HOUR)
    for moment in earlier:
        held = {"hold_expires_at": moment + timedelta(minutes=7), "status": "taken", **offer}
        OfferFactory(entry=entry, created_at=moment, **held)
    rounds.advance(cancellation_id=slot.pk, now=at)
    return Reason(slot.rounds.get().reasons[0])


@pytest.mark.parametrize(("offers", "reason"), [(2, Reason.ELIGIBLE), (3, Reason.DAY_CAP)])
def test_rule_19_three_offers_a_day_are_the_most(offers: int, reason: Reason) -> None:
    assert verdict(*[NOW - number * HOUR for number in range(1, offers + 1)]) == reason


@pytest.mark.parametrize(("offers", "reason"), [(6, Reason.ELIGIBLE), (7, Reason.WEEK_CAP)])
def test_rule_19_seven_offers_a_week_are_the_most(offers: int, reason: Reason) -> None:
    assert verdict(*[NOW - DAY - number * 12 * HOUR for number in range(offers)]) == reason


def test_rule_19_a_day_is_any_24_hours_and_so_no_zone_has_a_fourth_offer_in_its_day() -> None:
    # Asked three times from 19:00 to 19:50 UTC: midnight comes in one zone after the other, and frees nobody.
    asked = [NOW + timedelta(hours=3, minutes=minutes) for minutes in (0, 20, 50)]
    midnights = [NOW + timedelta(hours=hours) for hours in (4, 8, 12, 16, 20, 24)]
    assert {verdict(*asked, at=midnight) for midnight in midnights} == {Reason.DAY_CAP}
    assert verdict(*asked, at=asked[0] + DAY) == Reason.ELIGIBLE


@pytest.mark.parametrize("night", ["2026-03-08T07:00", "2026-11-01T06:00", "2026-03-29T01:00"])
def test_rule_19_a_night_in_which_clocks_change_frees_nobody_early_or_late(night: str) -> None:
    at = datetime.fromisoformat(night).replace(tzinfo=UTC)
    asked = [at - 4 * HOUR, at - 3 * HOUR, at - 2 * HOUR]
    assert verdict(*asked, at=asked[0] + DAY - timedelta(seconds=1)) == Reason.DAY_CAP
    assert verdict(*asked, at=asked[0] + DAY) == Reason.ELIGIBLE


def test_rule_19_a_question_that_never_left_is_not_counted() -> None:
    earlier = [NOW - number * HOUR for number in range(1, 4)]
    assert verdict(*earlier, status="withdrawn", hold_expires_at=None) == Reason.ELIGIBLE


def test_rule_19_offers_of_every_clinic_count() -> None:
    # Somebody on the lists of two clinics, asked three times by the other one
    patient = PatientFactory()
    slot = CancellationFactory(starts_at=NOW + 2 * DAY, created_at=NOW)
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type, patient=patient)
    for number in range(1, 4):
        asked = {"entry__patient": patient, "hold_expires_at": NOW, "status": "taken"}
        OfferFactory(created_at=NOW - number * HOUR, entry__status="matched", **asked)
    rounds.advance(cancellation_id=slot.pk, now=NOW)
    assert slot.rounds.get().reasons == [Reason.DAY_CAP]
    assert Offer.objects.filter(cancellation=slot).count() == 0


@pytest.mark.parametrize("status", ["declined", "expired"])
@pytest.mark.parametrize(("ago", "reason"), [(59, Reason.COOL_DOWN), (60, Reason.ELIGIBLE)])
def test_rule_19_after_a_no_or_no_answer_there_is_peace(status: str, ago: int, reason: Reason) -> None:
    turned_down_at = NOW - timedelta(minutes=ago)
    answered = {"responded_at": turned_down_at} if status == "declined" else {}
    held: dict[str, Any] = {"status": status, "hold_expires_at": turned_down_at, **answered}
    assert verdict(turned_down_at - timedelta(minutes=7), **held) == reason


def test_rule_19_a_cool_down_of_more_than_a_week_is_kept() -> None:
    patient_clinic = ClinicFactory(cool_down_minutes=10 * 24 * 60)
    asked = NOW - 9 * DAY
    found = verdict(asked, clinic=patient_clinic, status="declined", responded_at=asked + HOUR)
    assert found == Reason.COOL_DOWN
