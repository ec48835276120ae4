"""Was: slots offered to people they did not fit, and all of them to the same three."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from offers import accepting, rounds
from offers.models import Cancellation, Offer
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    OfferFactory,
    ProviderFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)

pytestmark = pytest.mark.django_db


def slot_of(**fields: Any) -> Cancellation:
    slot: Cancellation = CancellationFactory(**fields)
    return slot


def asked_for(slot: Cancellation, **wish: Any) -> bool:
    """Whether somebody with this wish is asked for the slot."""
    plain = {"clinic": slot.clinic, "visit_type": slot.visit_type}
    WaitlistEntryFactory(**{**plain, **wish})
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    return slot.offers.exists()


def test_somebody_whom_the_slot_fits_is_asked() -> None:
    assert asked_for(slot_of())


@pytest.mark.parametrize("hours", [12, 48])
def test_a_slot_not_earlier_than_the_current_appointment_is_not_offered(hours: int) -> None:
    slot, soon = slot_of(), AppointmentFactory(starts_at=in_hours(hours))
    assert not asked_for(slot, patient=soon.patient, current_appointment=soon)


def test_a_slot_of_the_wrong_provider_is_not_offered() -> None:
    slot = slot_of()
    assert not asked_for(slot, provider=ProviderFactory(clinics=[slot.clinic]))


def test_a_slot_of_the_wrong_kind_of_provider_is_not_offered() -> None:
    assert not asked_for(slot_of(), provider_type="dentist")


def test_a_slot_that_is_too_short_is_not_offered() -> None:
    starts_at = in_hours(48)
    visit_type = VisitTypeFactory(duration_minutes=45)
    slot = slot_of(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30), visit_type=visit_type)
    assert not asked_for(slot)


def test_a_slot_for_another_kind_of_visit_is_not_offered() -> None:
    assert not asked_for(slot_of(), visit_type=VisitTypeFactory())


def test_the_winner_leaves_the_list_and_is_asked_no_more() -> None:
    offer: Offer = OfferFactory(hold_expires_at=in_hours(1))
    slot = offer.cancellation
    accepting.accept(offer_id=offer.pk, now=timezone.now())
    offer.entry.refresh_from_db()
    assert offer.entry.status == "matched"
    later = slot_of(clinic=slot.clinic, visit_type=slot.visit_type, starts_at=in_hours(24))
    rounds.advance(cancellation_id=later.pk, now=timezone.now())
    later.refresh_from_db()
    assert (later.status, later.unfilled_reason) == ("unfilled", "nobody_left")


def test_twenty_slots_do_not_all_go_to_the_same_three() -> None:
    # Given thirty who wait, and a clinic that gives nobody more than three questions a day
    clinic, visit_type = ClinicFactory(batch_size=3, cool_down_minutes=60), VisitTypeFactory()
    for boost in range(30):
        WaitlistEntryFactory(clinic=clinic, visit_type=visit_type, manual_boost=boost)
    provider = ProviderFactory(clinics=[clinic])
    # When twenty slots come one after the other and nobody answers
    for number in range(20):
        at = timezone.now() + timedelta(minutes=8 * number)
        starts_at = in_hours(48 + number)
        slot = slot_of(clinic=clinic, provider=provider, visit_type=visit_type, starts_at=starts_at)
        rounds.advance(cancellation_id=slot.pk, now=at)
        nobody_answers(at)
    asked = Counter(Offer.objects.order_by("pk").values_list("patient_id", flat=True))
    assert max(asked.values()) <= 3
    assert len(asked) >= 20


def nobody_answers(at: datetime) -> None:
    over = at + timedelta(minutes=7)
    Offer.objects.filter(status="pending").update(status="expired", created_at=at, hold_expires_at=over)
