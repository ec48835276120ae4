"""Lobby mode: no page that a passer-by may see says a name or a whole number."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Patient
from messaging import stopping
from messaging.models import Kind
from offers import texts
from staff import stories
from tests import factories
from tests.offers.verb import slot_in
from tests.outreach.reminding import in_state
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def lobby(desk: Client) -> Client:
    desk.cookies["lobby"] = "on"
    return desk


def read(browser: Client, name: str, *args: object) -> str:
    return browser.get(reverse(name, args=args)).content.decode()


def test_the_call_list_shows_initials_and_the_end_of_a_number(
    lobby: Client, alice: Patient, settings: Any
) -> None:
    offer = factories.OfferFactory.create(patient=alice)
    about = texts.related(slot=offer.cancellation, patient_id=alice.pk, offer=offer)
    for fields in ({"status": "queued"}, {"attention": "not_sent"}):
        factories.MessageFactory.create(kind=Kind.OFFER, to=alice.phone, related=about, **fields)
    in_state("skipped", reason="no_consent", appointment__patient=alice)
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=timezone.now())
    page = read(lobby, "calls")
    assert page.count("A. M.") == page.count(f"…{alice.phone[-4:]}") == 4
    assert alice.last_name not in page
    assert alice.phone not in page


def test_whom_to_call_about_a_slot_is_told_by_initials(alice: Patient) -> None:
    entry = factories.WaitlistEntryFactory.create(patient=alice)
    slot = slot_in("unfilled", unfilled_reason="call", clinic=entry.clinic)
    factories.RoundFactory.create(
        cancellation=slot, entry_ids=[entry.pk], reasons=[int(Reason.OUTSIDE_HOURS)], parts=[0]
    )
    found = stories.to_call(slot, timezone.now(), is_lobby=True)
    assert [(call.patient, call.way) for call in found] == [("A. M.", (f"…{alice.phone[-4:]}", ""))]


def test_whose_visit_reopening_cancels_is_told_by_initials(lobby: Client, alice: Patient) -> None:
    slot = slot_in("filled")
    factories.AppointmentFactory.create(fills_slot=slot.pk, patient=alice, clinic=slot.clinic)
    page = read(lobby, "slot-act", slot.pk, "reopen")
    assert "The visit of A. M. at this time is cancelled, and its patient is told." in page
    assert alice.last_name not in page


def test_what_could_not_be_done_with_a_wish_names_nobody(lobby: Client, alice: Patient) -> None:
    entry = factories.WaitlistEntryFactory.create(patient=alice, status="paused")
    page = lobby.post(reverse("waitlist-act", args=["pause"]), {"entry": entry.pk}, follow=True)
    said = [str(message) for message in page.context["messages"]]
    assert said[0].startswith("A. M.: ")
