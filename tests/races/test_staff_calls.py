"""A phone in a colleague's hand against texts and other colleagues: nobody wins twice, nobody is lied to."""

from functools import partial

import pytest
from django.utils import timezone

from core.transitions import StaleState
from offers import hurrying, phoning, prolonging
from offers.models import Cancellation, StaffCall
from tests.races.race import World, answers, at_once, held, says
from waitlist.models import WaitlistEntry

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
# The lock is that of test_races, which proves it fifty times; here it is asked by other verbs.
TIMES = 10


def test_a_booking_on_the_phone_a_yes_by_text_and_a_round_brought_forward_have_one_winner() -> None:
    for _ in range(TIMES):
        offers = World.make(people=5, seats=2).asked()
        slot, now = offers[0].cancellation, timezone.now()
        ana = offers[1].patient_id
        phoning.begin(cancellation_id=slot.pk, patient_id=ana, by="alice", now=now)
        book = partial(phoning.book, cancellation_id=slot.pk, patient_id=ana, by="alice", now=now)
        hurry = partial(hurrying.next_round, cancellation_id=slot.pk, by="alice", now=now)
        longer = partial(prolonging.extend, cancellation_id=slot.pk, by="bob", now=now)
        at_once(book, hurry, longer, *answers([says(offers[0], "YES")]))
        held(slot)
        assert slot.status == "filled"
        by_phone = StaffCall.objects.get(cancellation=slot).outcome == "booked"
        assert by_phone == slot.offers.filter(status="accepted", patient=ana).exists()
        assert not slot.offers.filter(status="pending").exists()


def call(slot: Cancellation, patient: int, by: str, told: list[str]) -> None:
    try:
        phoning.begin(cancellation_id=slot.pk, patient_id=patient, by=by, now=timezone.now())
    except StaleState as stale:
        told.append(str(stale))


def test_colleagues_who_call_at_once_are_one_caller_and_the_others_read_who_it_is() -> None:
    world = World.make(people=2, seats=1)
    slot, other = world.opened(hours=48), world.opened(hours=49)
    ana = WaitlistEntry.objects.filter(clinic=world.clinic).order_by("pk")[:1].get().patient_id
    for _ in range(TIMES):
        told: list[str] = []
        callers = ((slot, "alice"), (other, "bob"), (slot, "carol"))
        at_once(*[partial(call, about, ana, by, told) for about, by in callers])
        assert StaffCall.objects.filter(ended_at=None).count() == 1
        assert len(told) == 2
        assert all("has been calling" in sentence for sentence in told)
        StaffCall.objects.update(ended_at=timezone.now(), outcome="no_answer")
