"""Taking a slot back: from which states, who is told, and nothing by halves."""

from __future__ import annotations

import pytest
from django.utils import timezone

from core import audit
from core.transitions import StaleState
from offers import withdrawing
from offers.models import Cancellation
from offers.states import FILLABLE, OfferStatus
from offers.withdrawing import OPEN_QUESTIONS
from tests.offers.verb import (
    Broken,
    break_after,
    offer_in,
    other_offer_states,
    other_states,
    slot_in,
    stored,
    texts_to,
)

pytestmark = pytest.mark.django_db


def withdraw(slot: Cancellation) -> Cancellation:
    return withdrawing.withdraw(cancellation_id=slot.pk, by="frontdesk", now=timezone.now(), reason="flu")


@pytest.mark.parametrize("status", FILLABLE)
def test_a_slot_that_can_be_had_is_taken_back(status: str) -> None:
    slot = slot_in(status)
    offer = offer_in("pending", slot=slot)
    withdraw(slot)
    slot.refresh_from_db()
    offer.refresh_from_db()
    assert (slot.status, slot.next_step_at, slot.paused_by) == ("withdrawn", None, "")
    assert slot.closed_at is not None
    assert (offer.status, texts_to(offer)) == ("withdrawn", ["expired"])


@pytest.mark.parametrize("status", other_offer_states(*OPEN_QUESTIONS))
def test_who_has_no_question_open_is_told_nothing(status: OfferStatus) -> None:
    offer = offer_in(status)
    withdraw(offer.cancellation)
    offer.refresh_from_db()
    assert (offer.status, texts_to(offer)) == (status, [])


def test_who_was_never_asked_is_told_nothing() -> None:
    offer = offer_in("pending", hold_expires_at=None)
    withdraw(offer.cancellation)
    assert texts_to(offer) == []


@pytest.mark.parametrize("status", other_states(*FILLABLE))
def test_a_slot_that_is_gone_is_refused_and_nothing_changes(status: str) -> None:
    slot = slot_in(status)
    before = stored()
    with pytest.raises(StaleState):
        withdraw(slot)
    assert stored() == before


def test_a_withdrawal_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = offer_in("pending")
    before = stored()
    break_after(monkeypatch, audit, "record")
    with pytest.raises(Broken):
        withdraw(offer.cancellation)
    assert stored() == before
