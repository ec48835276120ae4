"""A YES: who may still have the slot, who may not, and nothing by halves."""

from __future__ import annotations

from types import ModuleType

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import booking
from clinic.models import Appointment
from messaging import outbox
from offers import accepting
from offers.accepting import Outcome
from offers.models import Offer
from offers.states import FILLABLE, OFFER_ARROWS, CancellationStatus, OfferStatus
from tests.factories import AppointmentFactory
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
from waitlist.states import EntryStatus

pytestmark = pytest.mark.django_db

Late = tuple[ModuleType, str]
MAY_WIN = [state for state, arrows in OFFER_ARROWS.items() if OfferStatus.ACCEPTED in arrows]


def accept(offer: Offer) -> Outcome:
    return accepting.accept(offer_id=offer.pk, now=timezone.now())


@pytest.mark.parametrize("status", MAY_WIN)
@pytest.mark.parametrize("slot_status", FILLABLE)
def test_a_yes_wins_while_the_slot_can_be_had(status: str, slot_status: str) -> None:
    offer = offer_in(status, slot=slot_in(slot_status))
    assert accept(offer) == Outcome.WON
    offer.refresh_from_db()
    assert (offer.status, offer.cancellation.status, offer.entry.status) == ("accepted", "filled", "matched")
    visit = Appointment.objects.get(fills_slot=offer.cancellation_id)
    assert (visit.patient, visit.starts_at) == (offer.patient, offer.cancellation.starts_at)
    assert texts_to(offer) == ["confirmation"]


def test_a_yes_takes_the_clinic_s_next_file_number_last_of_all() -> None:
    winner = offer_in("pending")
    with CaptureQueriesContext(connection) as asked:
        accept(winner)
    # Whoever else books there waits from then on, until the commit.
    writes = [query["sql"] for query in asked if "INSERT INTO" in query["sql"]]
    assert [number for number, sql in enumerate(writes) if "clinic_filecount" in sql] == [len(writes) - 1]


def test_a_yes_tells_everybody_who_has_not_said_no() -> None:
    winner = offer_in("pending")
    slot = winner.cancellation
    told = [offer_in(status, slot=slot) for status in ("pending", "expired")]
    left_alone = [offer_in(status, slot=slot) for status in ("declined", "withdrawn", "undeliverable")]
    never_asked = offer_in("pending", slot=slot, hold_expires_at=None)
    accept(winner)
    assert [texts_to(offer) for offer in told] == [["taken"]] * 2
    assert [texts_to(offer) for offer in (*left_alone, never_asked)] == [[]] * 4
    never_asked.refresh_from_db()
    assert never_asked.status == "withdrawn"


@pytest.mark.parametrize("status", other_offer_states(*MAY_WIN))
def test_a_yes_to_a_question_that_has_ended_changes_nothing(status: str) -> None:
    offer = offer_in(status)
    before = stored()
    assert accept(offer) == Outcome.CLOSED
    assert stored() == before


@pytest.mark.parametrize("slot_status", other_states(*FILLABLE))
def test_a_yes_to_a_slot_that_is_gone_changes_nothing(slot_status: str) -> None:
    offer = offer_in("pending", slot=slot_in(slot_status))
    before = stored()
    is_filled = slot_status == CancellationStatus.FILLED
    assert accept(offer) == (Outcome.TAKEN if is_filled else Outcome.CLOSED)
    assert stored() == before


def test_a_yes_to_a_slot_that_has_begun_changes_nothing() -> None:
    offer = offer_in("pending")
    before = stored()
    outcome = accepting.accept(offer_id=offer.pk, now=offer.cancellation.starts_at)
    assert (outcome, stored()) == (Outcome.CLOSED, before)


@pytest.mark.parametrize("entry_status", [EntryStatus.MATCHED, EntryStatus.REMOVED])
def test_a_yes_of_somebody_who_has_left_the_list_changes_nothing(entry_status: str) -> None:
    offer = offer_in("pending", entry__status=entry_status)
    before = stored()
    assert (accept(offer), stored()) == (Outcome.BUSY, before)


def test_a_yes_of_somebody_with_a_visit_then_changes_nothing() -> None:
    offer = offer_in("pending")
    AppointmentFactory(patient=offer.patient, starts_at=offer.cancellation.starts_at)
    before = stored()
    assert (accept(offer), stored()) == (Outcome.BUSY, before)


def test_a_yes_to_a_time_that_the_calendar_has_given_away_ends_the_slot() -> None:
    offer = offer_in("pending")
    slot = offer.cancellation
    AppointmentFactory(provider=slot.provider, clinic=slot.clinic, starts_at=slot.starts_at)
    assert accept(offer) == Outcome.CLOSED
    slot.refresh_from_db()
    assert slot.status == "withdrawn"


@pytest.mark.parametrize("broken", [(outbox, "queue"), (booking, "enter")])
def test_a_yes_that_fails_late_changes_nothing(monkeypatch: pytest.MonkeyPatch, broken: Late) -> None:
    offer = offer_in("pending")
    offer_in("pending", slot=offer.cancellation)
    before = stored()
    break_after(monkeypatch, *broken)
    with pytest.raises(Broken):
        accept(offer)
    assert stored() == before
