"""Was: a reply read by substring booked the slot, and an opt-out was read as a no."""

import pytest

from messaging import optout
from offers.models import Offer
from tests.offers.journey import Journey

pytestmark = pytest.mark.django_db(transaction=True)

ONLY_CONTAIN_YES = (
    "No, not today",
    "maybe",
    "I'm busy",
    "stop my texts",
    "cancel my appointment",
    "yesterday was fine",
    "not ok",
)


@pytest.mark.parametrize("words", ONLY_CONTAIN_YES)
def test_a_reply_that_only_contains_yes_never_books(journey: Journey, words: str) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, words)
    assert journey.winner(slot) is None
    assert not Offer.objects.filter(status="accepted").exists()


@pytest.mark.parametrize("words", ["UNSUBSCRIBE", "CANCEL", "END", "stop my texts"])
def test_an_opt_out_is_never_read_as_a_no(journey: Journey, words: str) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, words)
    assert optout.is_suppressed(alice.patient.phone)
    assert (journey.offer_of(alice), journey.outcomes()) == ("withdrawn", ["stop"])
