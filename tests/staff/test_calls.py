"""Rule 9: while texts cannot leave, staff see why and whom to call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging import stopping
from messaging.models import Kind
from messaging.states import MessageStatus
from offers import texts
from staff import roles
from tests import factories
from tests.messaging.sending import reported
from tests.outreach.reminding import in_state

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


@pytest.mark.parametrize("code", ["39999", "30007", "30034"])
def test_rule_9_a_text_that_is_not_sent_again_is_shown(desk: Client, code: str) -> None:
    sid = "SM" + "0" * 32
    row = {"status": MessageStatus.SENT, "twilio_sid": sid, "related": {"offer": 0}}
    message = factories.MessageFactory.create(**row)
    assert reported(desk, message, "undelivered", code).attention == "not_sent"
    assert "1 text may not have arrived" in desk.get(reverse("board")).content.decode()
    assert f'href="tel:{message.to}"' in desk.get(reverse("calls")).content.decode()


def test_a_text_that_was_lost_long_ago_is_not_shown(desk: Client) -> None:
    long_ago = timezone.now() - timedelta(days=8)
    factories.MessageFactory.create(status="failed", attention="not_sent", created_at=long_ago)
    assert "may not have arrived" not in desk.get(reverse("board")).content.decode()


def test_a_visit_nobody_could_be_reminded_of_is_on_the_list(desk: Client) -> None:
    reminder = in_state("skipped", reason="no_contact")
    later = in_state("skipped", reason="no_contact", appointment__starts_at=factories.in_hours(100))
    reached = in_state("skipped", reason="no_consent")
    in_state("sent", appointment=reached.appointment, minutes_before=60)
    page = desk.get(reverse("calls")).content.decode()
    assert reminder.appointment.patient.last_name in page
    assert "No phone and no e-mail to send to" in page
    assert later.appointment.patient.last_name not in page
    assert reached.appointment.patient.last_name not in page
    # Called, the patient says: I come.
    desk.post(reverse("appointment-act", args=[reminder.appointment.pk, "confirm"]))
    assert reminder.appointment.patient.last_name not in desk.get(reverse("calls")).content.decode()


def test_as_many_queries_for_thirty_of_them_as_for_three(desk: Client) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            in_state("skipped", reason="no_contact")
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("calls"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
