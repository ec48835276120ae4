"""Was: a YES that waited for the network, a rescoring that froze the server, a page of 5,000 rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from messaging import inbox
from messaging.models import Direction, Message, ProviderEvent
from offers import accepting, replies, rounds, words
from offers.models import Cancellation, Offer
from offers.states import CancellationStatus
from staff.roles import FRONT_DESK
from tests.factories import (
    CancellationFactory,
    ClinicFactory,
    OfferFactory,
    UserFactory,
    WaitlistEntryFactory,
    in_hours,
)
from tests.messaging import posting

pytestmark = pytest.mark.django_db
LISTS = ("patients", "waitlist-entries", "appointments", "cancellations", "messages")


def queries_of(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def slots_won(how_many: int) -> None:
    """Slots with a loser each, their winner, their texts and their visit."""
    for _ in range(how_many):
        offers = OfferFactory.create_batch(2, cancellation=CancellationFactory(), hold_expires_at=in_hours(1))
        accepting.accept(offer_id=offers[0].pk, now=timezone.now())


@pytest.mark.parametrize("resource", LISTS)
def test_a_page_of_the_api_costs_the_same_number_of_queries_however_long_the_list(
    desk: APIClient, resource: str
) -> None:
    counts = []
    for more in (2, 18):
        slots_won(more)
        counts.append(queries_of(lambda: desk.get(f"/api/v1/{resource}/?page_size=200")))
    assert counts[0] == counts[1]


def test_the_board_costs_the_same_number_of_queries_however_many_slots_are_on_it(client: Client) -> None:
    client.force_login(UserFactory(roles=[FRONT_DESK]))
    counts = []
    for more in (2, 18):
        slots_won(more)
        for _ in range(more):
            OfferFactory(hold_expires_at=in_hours(1))
        counts.append(queries_of(lambda: client.get(reverse("board"))))
    assert counts[0] == counts[1]


def test_a_page_of_the_api_never_has_more_than_two_hundred_rows(desk: APIClient) -> None:
    ClinicFactory.create_batch(201)
    assert len(desk.get("/api/v1/clinics/?page_size=5000").json()["results"]) == 200


def test_a_yes_costs_the_same_number_of_queries_however_many_were_asked() -> None:
    counts = []
    for asked in (2, 40):
        slot: Cancellation = CancellationFactory()
        offers: list[Offer] = OfferFactory.create_batch(asked, cancellation=slot, hold_expires_at=in_hours(1))
        counts.append(queries_of(partial(accepting.accept, offer_id=offers[0].pk, now=timezone.now())))
    assert counts[0] == counts[1]


def test_choosing_costs_the_same_number_of_queries_however_many_wait() -> None:
    counts = []
    for waiting in (5, 60):
        slot: Cancellation = CancellationFactory()
        WaitlistEntryFactory.create_batch(waiting, clinic=slot.clinic, visit_type=slot.visit_type)
        counts.append(queries_of(partial(rounds.advance, cancellation_id=slot.pk, now=timezone.now())))
    assert counts[0] == counts[1]


def test_a_text_that_comes_in_costs_one_query(client: Client) -> None:
    assert queries_of(lambda: posting.text(client, sender="+12025550100", body="YES")) == 1


def test_a_yes_is_read_in_and_decided_in_twenty_seven_statements(client: Client) -> None:
    slot: Cancellation = CancellationFactory()
    offers: list[Offer] = OfferFactory.create_batch(3, cancellation=slot, hold_expires_at=in_hours(1))
    posting.text(client, sender=offers[0].phone, body="YES")
    event = ProviderEvent.objects.get()
    # The clinic's own words are looked up once in five seconds
    words.of(name="taken", language="en", clinic_id=slot.clinic_id)
    read_in = queries_of(partial(inbox.handle_all, event_id=event.pk, now=timezone.now()))
    text = Message.objects.get(direction=Direction.INBOUND)
    decided = queries_of(partial(replies.answer, message_id=text.pk, now=timezone.now()))
    # One plans the visit's reminders, one asks whether another system has to learn of it, one keeps its file
    # and tells the provider, four look at what they or the one before have locked
    assert (read_in, decided) == (5, 22)
    assert Cancellation.objects.get().status == CancellationStatus.FILLED
