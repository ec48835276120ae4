"""Rule 9: while texts cannot leave, staff see why and whom to call."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging import stopping
from messaging.models import Kind
from offers import texts
from staff import roles
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[roles.FRONT_DESK]))
    return client


@pytest.fixture
def _stopped(settings: Any) -> None:
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=timezone.now())


def owed() -> str:
    """An offer whose text waits; the patient's number."""
    offer = factories.OfferFactory.create()
    about = texts.related(slot=offer.cancellation, patient_id=offer.patient_id, offer=offer)
    factories.MessageFactory.create(kind=Kind.OFFER, to=offer.phone, related=about, priority=1)
    return str(offer.phone)


@pytest.mark.usefixtures("_stopped")
def test_rule_9_the_board_says_that_texts_are_stopped_and_leads_to_the_calls(desk: Client) -> None:
    page = desk.get(reverse("board")).content.decode()
    assert "The provider refuses our credentials." in page
    assert reverse("calls") in page


@pytest.mark.usefixtures("_stopped")
def test_rule_9_the_call_list_names_the_patient_the_number_and_the_slot(desk: Client) -> None:
    phone = owed()
    page = desk.get(reverse("calls")).content.decode()
    assert f'href="tel:{phone}"' in page
    patient = factories.OfferFactory._meta.model.objects.get().patient
    assert f"{patient.first_name} {patient.last_name}" in page
    assert "with Dr. Provider" in page


def test_without_a_stopped_sender_nobody_has_to_be_called(desk: Client) -> None:
    owed()
    assert "Nobody has to be called" in desk.get(reverse("calls")).content.decode()
    assert reverse("calls") not in desk.get(reverse("board")).content.decode()


@pytest.mark.usefixtures("_stopped")
def test_the_call_list_asks_as_many_queries_for_thirty_texts_as_for_three(desk: Client) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            owed()
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("calls"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
