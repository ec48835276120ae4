"""The end of a question: from which state, and what it does to its slot."""

from __future__ import annotations

import pytest
from django.utils import timezone

from offers import declining, slots
from offers.models import Cancellation, Offer
from offers.states import RUNNING, CancellationStatus, OfferStatus
from tests.offers.verb import Broken, break_after, offer_in, other_offer_states, other_states, slot_in, stored

pytestmark = pytest.mark.django_db

ENDS = (OfferStatus.DECLINED, OfferStatus.WITHDRAWN, OfferStatus.UNDELIVERABLE, OfferStatus.EXPIRED)


def end(offer: Offer, to: OfferStatus = OfferStatus.DECLINED) -> bool:
    return declining.end(offer_id=offer.pk, to=to, now=timezone.now(), answered=True)


@pytest.mark.parametrize("to", ENDS)
@pytest.mark.parametrize("slot_status", RUNNING)
def test_the_end_of_the_last_open_question_makes_the_next_step_due(to: OfferStatus, slot_status: str) -> None:
    offer = offer_in("pending", slot=slot_in(slot_status, waiting_for="answers"))
    assert end(offer, to)
    offer.refresh_from_db()
    slot = offer.cancellation
    assert (offer.status, slot.status, slot.waiting_for) == (to, slot_status, "")
    assert (slot.next_step_at or slot.starts_at) <= timezone.now()
    assert offer.responded_at is not None


def test_the_slot_waits_while_another_question_is_open() -> None:
    offer = offer_in("pending", slot=slot_in("offering", waiting_for="answers"))
    offer_in("pending", slot=offer.cancellation)
    due = offer.cancellation.next_step_at
    assert end(offer)
    slot = Cancellation.objects.get(pk=offer.cancellation_id)
    assert (slot.waiting_for, slot.next_step_at) == ("answers", due)


@pytest.mark.parametrize("slot_status", other_states(*RUNNING))
def test_a_slot_whose_clock_stands_still_is_left_as_it_is(slot_status: CancellationStatus) -> None:
    offer = offer_in("pending", slot=slot_in(slot_status))
    before = stored()["Cancellation"]
    assert end(offer)
    assert stored()["Cancellation"] == before


@pytest.mark.parametrize("status", other_offer_states("pending"))
def test_a_question_that_has_ended_does_not_end_again(status: OfferStatus) -> None:
    offer = offer_in(status)
    before = stored()
    assert end(offer) is False
    assert stored() == before


def test_an_end_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = offer_in("pending")
    before = stored()
    break_after(monkeypatch, slots, "touch")
    with pytest.raises(Broken):
        end(offer)
    assert stored() == before


def test_every_open_question_of_a_patient_ends_and_no_other() -> None:
    mine, other = offer_in("pending"), offer_in("pending")
    assert declining.end_all(now=timezone.now(), patient_id=mine.patient_id) == 1
    assert dict(Offer.objects.order_by("pk").values_list("pk", "status")) == {
        mine.pk: "withdrawn",
        other.pk: "pending",
    }
