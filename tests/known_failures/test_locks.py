"""Was right and stays so: of many who say yes at once exactly one wins."""

import pytest

from clinic.models import Appointment
from offers.models import Offer
from tests.races.race import World, answers, at_once, held, says

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_twenty_who_say_yes_at_once_exactly_one_wins() -> None:
    offers = World.make(people=20, seats=20).asked()
    at_once(*answers([says(offer, "YES") for offer in offers]))
    held(offers[0].cancellation)
    assert Offer.objects.filter(status="accepted").count() == 1
    assert Appointment.objects.active().count() == 1
