"""More time, the next round, and a slip of the hand: from which states, and nothing by halves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.booking import SlotTaken
from clinic.models import Appointment, Resource
from core import audit
from core.transitions import StaleState
from messaging.models import Message
from offers import hurrying, opening, policy, prolonging, rounds, undoing
from offers.models import Cancellation, Offer
from offers.states import RUNNING
from tests.factories import AppointmentFactory, RoundFactory, WaitlistEntryFactory, in_hours
from tests.offers.verb import Broken, break_after, offer_in, other_states, slot_in, stored
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def extend(slot: Cancellation) -> Cancellation:
    return prolonging.extend(cancellation_id=slot.pk, by="alice", now=timezone.now())


def hurry(slot: Cancellation) -> Cancellation:
    return hurrying.next_round(cancellation_id=slot.pk, by="alice", now=timezone.now())


def undo(slot: Cancellation) -> Cancellation:
    return undoing.undo(cancellation_id=slot.pk, by="alice", now=timezone.now())


def running(status: str = "offering", **fields: Any) -> Cancellation:
    """A slot beyond its grace with one question out and two more people who fit."""
    slot = slot_in(status, grace_ends_at=timezone.now(), **fields)
    offer_in("pending", slot=slot)
    for _ in range(2):
        WaitlistEntryFactory.create(clinic=slot.clinic, visit_type=slot.visit_type)
    return slot


@pytest.mark.parametrize("status", ["offering", "paused"])
def test_questions_that_are_out_get_more_time_and_nobody_is_texted(status: str) -> None:
    offer = offer_in("pending", slot=slot_in(status))
    told = offer.hold_expires_at or timezone.now()
    extend(offer.cancellation)
    offer.refresh_from_db()
    assert offer.hold_expires_at == told + prolonging.EXTENSION
    assert not Message.objects.exists()


def test_a_deadline_never_gets_shorter_nor_later_than_anybody_could_come() -> None:
    slot = slot_in("offering", starts_at=in_hours(2))
    slot.clinic.lead_minutes = 60
    slot.clinic.save(update_fields=["lead_minutes"])
    last = slot.starts_at - timedelta(hours=1)
    near = offer_in("pending", slot=slot, hold_expires_at=last - timedelta(minutes=2))
    beyond = offer_in("pending", slot=slot, hold_expires_at=last + timedelta(minutes=9))
    unsent = offer_in("pending", slot=slot, hold_expires_at=None)
    extend(slot)
    ends = {row.pk: row.hold_expires_at for row in Offer.objects.all()}
    assert ends == {near.pk: last, beyond.pk: last + timedelta(minutes=9), unsent.pk: None}


def test_who_let_the_time_pass_is_not_called_back_by_more_time() -> None:
    offer = offer_in("pending", hold_expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(StaleState, match="No question is out"):
        extend(offer.cancellation)
    offer.refresh_from_db()
    assert offer.status == "pending"


def test_the_next_round_asks_more_and_those_asked_before_keep_their_time() -> None:
    slot = running()
    first = slot.offers.get()
    hurry(slot)
    assert slot.offers.filter(status="pending").count() == 3
    assert slot.offers.get(pk=first.pk).hold_expires_at == first.hold_expires_at
    assert Message.objects.filter(kind="offer").count() == 2


def test_the_slots_own_clock_asks_nobody_on_top_of_a_round_that_was_brought_forward() -> None:
    slot = running()
    hurry(slot)
    for _ in range(3):
        WaitlistEntryFactory.create(clinic=slot.clinic, visit_type=slot.visit_type)
    rounds.advance(cancellation_id=slot.pk, now=timezone.now() + rounds.UNSENT_CHECK)
    assert slot.offers.count() == 3


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"grace_ends_at": in_hours(1)}, "grace time"),
        ({"starts_at": in_hours(0.2)}, "too late"),
    ],
)
def test_no_round_in_the_grace_nor_too_late(fields: dict[str, datetime], why: str) -> None:
    slot = running()
    Cancellation.objects.filter(pk=slot.pk).update(**fields)
    before = stored()
    with pytest.raises(StaleState, match=why):
        hurry(slot)
    assert stored() == before


def test_where_nobody_may_be_asked_it_says_so_and_decides_nothing() -> None:
    slot = running()
    WaitlistEntry.objects.update(status="paused")
    before = stored()
    with pytest.raises(StaleState, match="Nobody else"):
        hurry(slot)
    assert stored() == before


def test_a_list_is_not_asked_from_end_to_end_by_one_finger() -> None:
    slot = running()
    for number in range(2, policy.FOLLOW_UPS + 1):
        row = RoundFactory.create(cancellation=slot, number=number + 50)
        offer_in("pending", slot=slot, round=row)
    with pytest.raises(StaleState, match="10 rounds"):
        hurry(slot)


def mistaken() -> tuple[Cancellation, Appointment]:
    """A slot that was logged a moment ago for a visit whose patient waits for an earlier one."""
    visit = AppointmentFactory.create()
    WaitlistEntryFactory.create(patient=visit.patient, clinic=visit.clinic, current_appointment=visit)
    names = ("clinic_id", "provider_id", "visit_type_id", "starts_at", "ends_at")
    new = opening.NewSlot(**{name: getattr(visit, name) for name in names})
    return opening.open_slot(slot=new, by="alice", now=timezone.now()), visit


def test_what_was_logged_by_mistake_is_undone_and_the_visit_stands_again() -> None:
    slot, visit = mistaken()
    room = Resource.objects.create(clinic=visit.clinic, name="Room 1", kind=Resource.Kind.ROOM)
    visit.resources.add(room)
    undo(slot)
    again = Appointment.objects.active().get()
    assert (again.patient, again.starts_at) == (visit.patient, visit.starts_at)
    assert list(again.resources.order_by("pk")) == [room]
    assert Cancellation.objects.get().status == "withdrawn"
    assert WaitlistEntry.objects.get().current_appointment == again
    # That it is off leaves after the grace, and its gate finds that the visit stands.
    assert [text.logical_key for text in Message.objects.all()] == [f"cancelled:{visit.pk}"]


def test_a_time_that_was_given_away_meanwhile_is_not_booked_twice() -> None:
    slot, visit = mistaken()
    AppointmentFactory.create(provider=visit.provider, clinic=visit.clinic, starts_at=visit.starts_at)
    before = stored()
    with pytest.raises(SlotTaken):
        undo(slot)
    assert stored() == before


def test_a_visit_that_was_cancelled_on_purpose_stays_cancelled() -> None:
    slot = slot_in("open", logged_by=audit.SYSTEM, appointment=AppointmentFactory(status="cancelled"))
    Cancellation.objects.update(grace_ends_at=in_hours(1))
    undo(slot)
    assert not Appointment.objects.active().exists()


def test_after_the_grace_nothing_is_undone() -> None:
    slot, _ = mistaken()
    Cancellation.objects.update(grace_ends_at=timezone.now())
    before = stored()
    with pytest.raises(StaleState, match="grace time is over"):
        undo(slot)
    assert stored() == before


STATES = [
    *[(extend, status) for status in other_states("offering", "paused")],
    *[(hurry, status) for status in other_states(*RUNNING)],
    *[(undo, status) for status in other_states("open", "paused")],
]


@pytest.mark.parametrize(("verb", "status"), STATES)
def test_every_other_state_is_refused_and_nothing_changes(
    verb: Callable[[Cancellation], object], status: str
) -> None:
    slot = running(status)
    before = stored()
    with pytest.raises(StaleState):
        verb(slot)
    assert stored() == before


@pytest.mark.parametrize(("verb", "status"), [(extend, "offering"), (hurry, "offering"), (undo, "open")])
def test_a_verb_that_fails_late_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, verb: Callable[[Cancellation], object], status: str
) -> None:
    slot = mistaken()[0] if verb is undo else running(status)
    before = stored()
    break_after(monkeypatch, audit, "record")
    with pytest.raises(Broken):
        verb(slot)
    assert stored() == before
