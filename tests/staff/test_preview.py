"""The look ahead: what it says is what happens, and it stores nothing."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic
from messaging import pausing, senders, stopping, sweeping
from messaging.models import Message
from offers import foreseeing, opening, rounds
from offers.models import Cancellation, Round
from tests import factories
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def entry(**fields: Any) -> WaitlistEntry:
    made: WaitlistEntry = factories.WaitlistEntryFactory.create(**fields)
    return made


def slot_for(first: WaitlistEntry) -> opening.NewSlot:
    provider = factories.ProviderFactory.create(clinics=[first.clinic])
    starts_at = factories.in_hours(48)
    return opening.NewSlot(
        clinic_id=first.clinic_id,
        provider_id=provider.pk,
        visit_type_id=first.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )


def typed(slot: opening.NewSlot) -> dict[str, Any]:
    zone = Clinic.objects.get(pk=slot.clinic_id).zone
    return {
        "clinic": slot.clinic_id,
        "provider": slot.provider_id,
        "visit_type": slot.visit_type_id,
        "starts_at": slot.starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
    }


def test_what_is_foreseen_is_what_is_asked_in_those_words() -> None:
    first = entry(manual_boost=9)
    Clinic.objects.update(batch_size=2, grace_seconds=0)
    same = {"clinic": first.clinic, "visit_type": first.visit_type}
    entry(**same, patient__language="es", manual_boost=5)
    entry(**same)
    entry(**same, patient__sms_consent=False)
    slot, now = slot_for(first), timezone.now()
    ahead = foreseeing.foresee(slot=slot, now=now)
    assert (Round.objects.count(), Message.objects.count(), Cancellation.objects.count()) == (0, 0, 0)
    opened = opening.open_slot(slot=slot, by="maria", now=now)
    rounds.advance(cancellation_id=opened.pk, now=now)
    assert [row.entry.pk for row in ahead.asked] == list(
        opened.offers.order_by("rank").values_list("entry", flat=True)
    )
    assert (ahead.eligible, sum(ahead.not_asked.values())) == (3, 1)
    sweeping.sweep_outbox(clock=lambda: now)
    assert {words.text.body for words in ahead.words} == set(
        Message.objects.filter(kind="offer").values_list("body", flat=True)
    )


def test_a_visit_that_would_be_cancelled_is_named_before_it_is(desk: Client) -> None:
    visit = factories.AppointmentFactory.create(starts_at=factories.in_hours(48))
    names = ("clinic_id", "provider_id", "visit_type_id", "starts_at", "ends_at")
    slot = opening.NewSlot(**{name: getattr(visit, name) for name in names})
    said = desk.post(reverse("slot-preview"), typed(slot)).content.decode()
    assert f"This cancels the visit of {visit.patient}" in said
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_outside_contact_hours_it_says_when_the_first_text_goes(desk: Client) -> None:
    first = entry(patient__contact_zones="")
    soon = timezone.now().astimezone(first.clinic.zone) + timedelta(hours=3)
    hours = {"contact_hours_start": time(soon.hour), "contact_hours_end": time(soon.hour, 59)}
    Clinic.objects.update(**hours)
    said = desk.post(reverse("slot-preview"), typed(slot_for(first))).content.decode()
    assert "Nobody is texted before contact hours begin" in said
    assert "1 outside hours" in said


def test_a_form_that_is_half_filled_in_is_no_error(desk: Client) -> None:
    answer = desk.post(reverse("slot-preview"), {"clinic": "", "starts_at": ""})
    assert answer.status_code == 200
    assert "to see who would be asked" in answer.content.decode()


def test_without_a_script_the_same_look_is_a_button_away_and_logs_nothing(desk: Client) -> None:
    first = entry()
    form = {**typed(slot_for(first)), "preview": "1"}
    answer = desk.post(reverse("slot-new"), form)
    assert answer.status_code == 200
    assert str(first.patient) in answer.content.decode()
    assert form["starts_at"] in answer.content.decode()
    assert not Cancellation.objects.exists()


def test_a_time_that_is_offered_already_is_said_by_whom_before_it_is_logged_again(desk: Client) -> None:
    first = entry()
    slot = slot_for(first)
    opening.open_slot(slot=slot, by="maria", now=timezone.now())
    said = desk.post(reverse("slot-preview"), typed(slot)).content.decode()
    assert "maria logged it at" in said


@pytest.mark.parametrize("why", ["pause", "pause of all", "sender"])
def test_a_time_that_is_logged_while_texts_are_held_says_that_nobody_is_texted(
    desk: Client, why: str
) -> None:
    first = entry()
    form = typed(slot_for(first))
    held = "Texts are held back at this moment"
    assert held not in desk.post(reverse("slot-preview"), form).content.decode()
    if why == "sender":
        for route in senders.routes():
            stopping.stop(name=route.name, code="20003", now=timezone.now())
    else:
        clinic = first.clinic_id if why == "pause" else None
        pausing.pause(clinic_id=clinic, reason="", by="manager", now=timezone.now())
    assert held in desk.post(reverse("slot-preview"), form).content.decode()
    assert held in desk.post(reverse("slot-new"), form, follow=True).content.decode()


@pytest.mark.parametrize("is_reached", [True, False])
def test_a_visit_that_is_cancelled_with_it_is_told_by_somebody(desk: Client, is_reached: bool) -> None:
    slot = slot_for(entry())
    factories.AppointmentFactory(
        clinic_id=slot.clinic_id,
        provider_id=slot.provider_id,
        starts_at=slot.starts_at.replace(second=0, microsecond=0),
        patient__sms_consent=is_reached,
    )
    page = desk.post(reverse("slot-new"), {**typed(slot), "tells_patient": "on"}, follow=True)
    assert ("Call to say that the visit is off." in page.content.decode()) is not is_reached
