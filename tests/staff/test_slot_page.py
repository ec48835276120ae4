"""What happened to this slot? Its page says so by itself, in words, and in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import audit
from offers import hurrying, pausing, phoning
from offers.models import Cancellation
from staff import deeds
from tests import factories
from tests.offers.verb import offer_in, slot_in
from tests.test_architecture import ROOMS, ROOT
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db


def page(desk: Client, slot: Cancellation, **headers: str) -> str:
    answer = desk.get(reverse("slot", args=[slot.pk]), headers=headers)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def booked_by_phone() -> Cancellation:
    slot = offer_in("pending", slot=slot_in("offering")).cancellation
    ana = factories.PatientFactory.create(first_name="Ana", last_name="Ruiz")
    phoning.begin(cancellation_id=slot.pk, patient_id=ana.pk, by="maria", now=timezone.now())
    phoning.book(cancellation_id=slot.pk, patient_id=ana.pk, by="maria", now=timezone.now())
    slot.refresh_from_db()
    return slot


@pytest.mark.parametrize("name", ["board", "slot"])
def test_who_got_a_slot_by_phone_stands_on_it(desk: Client, name: str) -> None:
    slot = booked_by_phone()
    address = reverse(name, args=[slot.pk] if name == "slot" else [])
    assert "Booked by phone for Ana Ruiz." in desk.get(address).content.decode()
    desk.cookies["lobby"] = "on"
    assert "Booked by phone for A. R." in desk.get(address).content.decode()


def test_whom_a_colleague_called_and_who_was_confirmed_stands_in_the_story(desk: Client) -> None:
    shown = page(desk, booked_by_phone())
    assert "Calls a patient · maria · Ana Ruiz" in shown
    assert "Confirmation texted · Ana Ruiz · queued" in shown


def test_a_round_that_staff_brought_forward_is_not_called_a_place_that_came_free(desk: Client) -> None:
    slot = offer_in("pending", slot=slot_in("offering")).cancellation
    factories.WaitlistEntryFactory.create(clinic=slot.clinic, visit_type=slot.visit_type)
    hurrying.next_round(cancellation_id=slot.pk, by="maria", now=timezone.now())
    shown = page(desk, slot)
    assert "a place had come free" not in shown
    assert re.search(r"Patients asked · system · round \d+: 1 patient ", shown)


def test_a_slot_that_waits_for_answers_names_no_other_moment_than_their_deadlines(desk: Client) -> None:
    slot = offer_in("pending", slot=slot_in("offering", waiting_for="answers")).cancellation
    shown = page(desk, slot)
    assert "Waits for answers." in shown
    assert "Next step at" not in shown


def test_the_rounds_of_a_slot_are_told_apart(desk: Client) -> None:
    slot = slot_in("offering")
    for number in (51, 52):
        offer_in("pending", slot=slot, round=factories.RoundFactory.create(cancellation=slot, number=number))
    assert re.findall(r"1\. [\w ]+ round (\d+)", page(desk, slot)) == ["51", "52"]


def test_the_story_is_told_in_spanish(desk: Client) -> None:
    slot = offer_in("pending", slot=slot_in("offering")).cancellation
    decided = {"entry_ids": [1], "reasons": [int(Reason.OUTSIDE_HOURS)], "parts": [0]}
    factories.RoundFactory.create(cancellation=slot, number=50, **decided)
    factories.MessageFactory.create(related={"cancellation": slot.pk}, status="delivered", twilio_sid="SM1")
    audit.record(actor=audit.SYSTEM, verb="slot.asked", obj=slot, at=timezone.now(), round=1, asked=3)
    shown = page(desk, slot, **{"accept-language": "es"})
    assert "Outside their contact hours" not in shown
    assert "delivered" not in shown
    assert "· system" not in shown


def part(desk: Client, slot: Cancellation, version: str) -> Any:
    return desk.get(reverse("slot-part", args=[slot.pk]), {"v": version})


def test_an_open_page_of_a_slot_is_told_what_changed_and_nothing_where_nothing_did(desk: Client) -> None:
    slot = slot_in("open")
    version = desk.get(reverse("slot", args=[slot.pk])).context["version"]
    assert part(desk, slot, version).status_code == 204
    pausing.pause(cancellation_id=slot.pk, by="maria", now=timezone.now())
    changed = part(desk, slot, version)
    assert "Paused by maria." in changed.content.decode()
    version = changed.context["version"]
    assert part(desk, slot, version).status_code == 204
    factories.MessageFactory.create(related={"cancellation": slot.pk})
    assert "Offer texted" in part(desk, slot, version).content.decode()


def test_what_is_written_down_anywhere_has_words() -> None:
    files = [file for room in ROOMS for file in (ROOT / room).glob("**/*.py")]
    code = "\n".join(file.read_text() for file in files)
    written = set(re.findall(r'verb(?::\s*str)?\s*=\s*"([a-z_]+\.[a-z_]+)"', code))
    assert len(written) > 50
    assert {verb for verb in written if deeds.verb(verb) == verb} == set()
