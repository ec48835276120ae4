"""Questions whose time is over: which end so, and which are left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from messaging import outbox
from messaging.states import MessageStatus
from offers import expiring, rounds
from offers.expiring import LOST
from offers.models import Offer
from tests.factories import MessageFactory, WaitlistEntryFactory
from tests.offers.verb import Broken, break_after, offer_in, other_offer_states, slot_in, stored

pytestmark = pytest.mark.django_db

STILL_OWED_OR_SENT = (
    MessageStatus.QUEUED,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.UNKNOWN,
)


def expired(offer: Offer) -> str:
    """What the offer has become once its slot's questions were looked through."""
    expiring.expire(slot=offer.cancellation, now=timezone.now())
    offer.refresh_from_db()
    return offer.status


def text_of(offer: Offer, status: str) -> None:
    sid = f"SM{offer.pk}" if status in ("sent", "delivered") else None
    key, related = f"offer:{offer.pk}", {"offer": offer.pk}
    MessageFactory(to=offer.phone, logical_key=key, related=related, status=status, twilio_sid=sid)


def test_a_question_whose_hold_is_over_has_expired() -> None:
    assert expired(offer_in("pending", hold_expires_at=timezone.now())) == "expired"


@pytest.mark.parametrize("status", LOST)
def test_a_question_whose_text_was_lost_was_not_put(status: str) -> None:
    offer = offer_in("pending")
    text_of(offer, status)
    assert expired(offer) == "undeliverable"


@pytest.mark.parametrize("status", STILL_OWED_OR_SENT)
def test_a_question_within_its_hold_stays_open(status: str) -> None:
    offer = offer_in("pending")
    text_of(offer, status)
    assert expired(offer) == "pending"


def test_a_question_that_has_not_left_yet_stays_open() -> None:
    assert expired(offer_in("pending", hold_expires_at=None)) == "pending"


@pytest.mark.parametrize("status", other_offer_states("pending"))
def test_a_question_that_is_not_open_is_left_alone(status: str) -> None:
    offer = offer_in(status, hold_expires_at=timezone.now() - timedelta(hours=1))
    text_of(offer, "failed")
    before = stored()
    expired(offer)
    assert stored() == before


def test_questions_of_other_slots_are_left_alone() -> None:
    other = offer_in("pending", hold_expires_at=timezone.now())
    with transaction.atomic():
        expiring.expire(slot=slot_in("offering"), now=timezone.now())
    other.refresh_from_db()
    assert other.status == "pending"


def test_a_round_that_fails_late_leaves_the_question_before_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = offer_in("pending", hold_expires_at=timezone.now())
    slot = offer.cancellation
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    before = stored()
    break_after(monkeypatch, outbox, "queue")
    with pytest.raises(Broken):
        rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    assert stored() == before
