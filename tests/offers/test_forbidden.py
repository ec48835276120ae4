"""What must not happen even where the rule before it has failed."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging import delivery
from messaging.models import Message
from offers import rounds
from offers.models import Offer
from tests.factories import CancellationFactory, ClinicFactory, WaitlistEntryFactory
from tests.offers.verb import offer_in, slot_in

pytestmark = pytest.mark.django_db


def test_the_database_refuses_a_second_winner() -> None:
    slot = slot_in("filled")
    offer_in("accepted", slot=slot)
    with pytest.raises(IntegrityError, match="offer_one_winner"), transaction.atomic():
        offer_in("accepted", slot=slot)
    assert Offer.objects.filter(status="accepted").count() == 1


def test_a_step_that_is_not_due_is_not_taken() -> None:
    slot = CancellationFactory(next_step_at=timezone.now() + timedelta(seconds=1))
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    assert rounds.advance(cancellation_id=slot.pk, now=timezone.now()) == "not due"
    assert not slot.rounds.exists()


def test_an_offer_that_waited_into_the_night_does_not_leave(clock: time_machine.Traveller) -> None:
    hours = {"contact_hours_start": time(8), "contact_hours_end": time(20)}
    slot = CancellationFactory(clinic=ClinicFactory(**hours))
    WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    # Given a question that is put ten seconds before eight in the evening in Chicago
    clock.move_to(datetime(2026, 3, 3, 1, 59, 50, tzinfo=UTC))
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    # When its text would leave after eight
    clock.shift(20)
    text = Message.objects.get(kind="offer")
    assert delivery.send(message_id=text.pk, clock=timezone.now) == "skipped"
    text.refresh_from_db()
    assert text.skip_reason == "outside_hours"
    # Then its place is free at once, and nobody is asked before the morning
    slot.refresh_from_db()
    assert slot.next_step_at == timezone.now()
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    slot.refresh_from_db()
    assert slot.next_step_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
