"""Pictures of the pages for docs/screenshots: taken in every run, kept by `make screenshots`.

The people are the demo's, the clock stands and nothing is left to chance: a second run draws the same.
"""

from __future__ import annotations

import os
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.models import Appointment, Clinic, Provider, VisitType
from messaging import tallying
from messaging.models import Message
from offers import opening, pausing, phoning
from offers.models import Cancellation, Offer
from ops import demo, health
from staff import context
from staff.roles import MANAGER
from tests.browser.conftest import Desk
from tests.conftest import MONDAY_MORNING, ROOT
from tests.factories_of_ehrs import WriteBackFactory
from tests.factories_of_feeds import FeedMessageFactory, ParkedFactory, SourceFactory
from tests.offers.history import asked, decided, heard, logged, texted
from waitlist.models import WaitlistEntry

PICTURES = ROOT / "docs" / "screenshots"
MOST_BYTES = 250_000
WIDTH, HEIGHT = 1280, 800
DAYS, SEED = 21, 7
BY = "maria"


def past(dice: random.Random) -> None:
    """Three weeks of slots: most were filled within minutes, some by phone, some not at all."""
    clinic = Clinic.objects.order_by("pk")[0]
    entries = list(WaitlistEntry.objects.filter(clinic=clinic).order_by("pk"))
    here = {"clinic": clinic, "visit_type": VisitType.objects.order_by("pk")[1]}
    doctors = list(Provider.objects.filter(clinics=clinic).order_by("pk"))
    for day in range(DAYS, 0, -1):
        at = MONDAY_MORNING - timedelta(days=day, minutes=dice.randrange(180))
        if at.weekday() > 4:
            continue
        minutes = dice.choice((4, 6, 9, 14, 22, 41, 95))
        closed = {"status": "filled" if day % 6 else "unfilled", "closed_at": at + timedelta(minutes=minutes)}
        closed |= {} if day % 6 else {"unfilled_reason": "nobody_left"}
        slot = logged(at, provider=doctors[day % len(doctors)], **closed, **here)
        decided(slot, entries, eligible=9)
        # Who has won waits no longer.
        winner = entries.pop(dice.randrange(len(entries)))
        WaitlistEntry.objects.filter(pk=winner.pk).update(status="matched")
        for place, entry in enumerate((winner, *dice.sample(entries, 2))):
            won = place == 0 and day % 6 != 0
            offer = asked(slot, entry, "accepted" if won else "declined" if place == 1 else "expired")
            if won or place == 1:
                heard(slot, offer, after=timedelta(minutes=minutes - 1))
            if won:
                texted(slot, offer, "confirmation", "delivered", after=timedelta(minutes=minutes))


def slot_of(visit: Appointment, days: int) -> Cancellation:
    """The time of that visit's kind and provider is free, so many days from now."""
    new = opening.NewSlot(
        clinic_id=visit.clinic_id,
        provider_id=visit.provider_id,
        visit_type_id=visit.visit_type_id,
        starts_at=MONDAY_MORNING + timedelta(days=days, hours=1),
        ends_at=MONDAY_MORNING + timedelta(days=days, hours=1, minutes=30),
        reason="",
    )
    return opening.open_slot(slot=new, by=BY, now=timezone.now())


def answer(desk: Desk, offer: Offer, words: str) -> None:
    """This patient answers the question on the simulated phone."""
    page = desk.go(f"/phones/{offer.patient_id}/")
    page.get_by_role("textbox", name="Answer").fill(words)
    page.get_by_role("button", name="Answer as the patient").click()
    desk.work()


def today(desk: Desk, clock: time_machine.Traveller) -> None:
    """One slot is filled, one is being offered, one is paused, one waits; one answer needs a person."""
    visits = list(Appointment.objects.active().order_by("starts_at", "pk"))
    slots = [slot_of(visit, days) for days, visit in enumerate(visits[:3], 2)]
    clock.shift(timedelta(seconds=31))
    desk.work()
    clock.shift(timedelta(minutes=1))
    first, second = (list(slot.offers.order_by("rank")) for slot in slots[:2])
    answer(desk, first[0], "Yes please")
    for words in ("Which room is it?", "Could I come on Tuesday instead?"):
        answer(desk, second[-1], words)
    pausing.pause(cancellation_id=slots[2].pk, by=BY, now=timezone.now())
    phoning.begin(cancellation_id=slots[1].pk, patient_id=second[0].patient_id, by=BY, now=timezone.now())
    slot_of(visits[3], 5)
    tallying.tally_last_day(now=timezone.now())
    health.beat(now=timezone.now())


def fed() -> None:
    """A hospital tells of the first clinic's visits, of one with a doctor whom nobody knows here.

    It takes no bookings, so that two of ours have to be entered there.
    """
    clinic = Clinic.objects.order_by("pk")[0]
    source = SourceFactory.create(name="Hospital", clinics=[clinic])
    ParkedFactory.create(message=FeedMessageFactory.create(source=source, status="parked"))
    for visit in Appointment.objects.active().filter(clinic=clinic).order_by("starts_at", "pk")[:2]:
        WriteBackFactory.create(appointment=visit, source=source)


@pytest.fixture
def scene(desk: Desk, clock: time_machine.Traveller, settings: Any) -> Desk:
    """A Monday morning in the demo's clinics, before their manager."""
    # The browser's own clock is another: a cookie with a date would be too old for it.
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    for row in (desk.provider, desk.clinic, desk.visit_type):
        row.delete()
    demo.seed(now=timezone.now())
    fed()
    past(random.Random(SEED))
    today(desk, clock)
    desk.page.clock.set_fixed_time(timezone.now())
    return desk.enter(MANAGER, username=BY)


def addresses() -> dict[str, str]:
    """Each picture's name and the page that it shows."""
    filled = Cancellation.objects.get(status="filled", closed_at__gt=MONDAY_MORNING)
    won = filled.offers.get(status="accepted")
    asked_back = Message.objects.get(attention="unclear", attention_done_at=None)
    visit = Appointment.objects.active().order_by("starts_at", "pk")[0]
    on = f"{visit.starts_at.astimezone(visit.clinic.zone):%Y-%m-%d}"
    return {
        "board": "/",
        "slot": reverse("slot", args=[filled.pk]),
        "log": "/cancellations/new/",
        "waitlist": "/waitlist/",
        "patient": reverse("patient", args=[won.patient_id]),
        "messages": "/messages/",
        "talk": reverse("messages-talk", args=[asked_back.pk]),
        "appointments": f"/appointments/?clinic={visit.clinic_id}&on={on}",
        "greetings": "/greetings/",
        "phones": "/phones/",
        "phone": reverse("phone", args=[won.patient_id]),
        "analytics": "/analytics/",
        "audit": "/audit/",
        "feeds": "/feeds/",
        "ehr": "/ehr/",
        "status": "/status/",
        "settings": reverse("clinic-settings", args=[filled.clinic_id]),
    }


def take(page: Page, name: str) -> None:
    """Draw what is seen without scrolling; kept where SCREENSHOTS says."""
    folder = os.environ.get("SCREENSHOTS")
    assert page.get_by_role("heading", level=1).is_visible()
    picture = page.screenshot(animations="disabled", caret="hide")
    if folder:
        (Path(folder) / f"{name}.png").write_bytes(picture)
    assert 5_000 < len(picture) < MOST_BYTES, name


def test_every_page_can_be_drawn(scene: Desk) -> None:
    scene.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    scene.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for name, path in addresses().items():
        page = scene.go(path)
        if name == "log":
            fill_in(page)
        if name == "waitlist":
            expect(page.get_by_text("kinds of visit are waited for")).to_be_visible()
        take(page, name)
    page = scene.go("/")
    page.emulate_media(color_scheme="dark")
    take(page, "board-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="light")
    take(page, "board-phone")


def fill_in(page: Page) -> None:
    """A cancellation as it is being logged, with the look ahead."""
    doctor = Provider.objects.order_by("pk")[0]
    page.get_by_role("combobox", name="Clinic").select_option(label=doctor.clinics.get().name)
    page.get_by_label("Provider").select_option(value=str(doctor.pk))
    page.get_by_label("Visit type").select_option(index=2)
    page.get_by_label("Start, on the clinic's own clock").fill("2026-03-27T09:00")
    expect(page.locator("#preview li").first).to_be_visible()


def test_every_page_of_the_navigation_has_its_picture_and_every_picture_is_small() -> None:
    drawn = {path.stem for path in PICTURES.glob("*.png")}
    shown = {"slot-new": "log", "patients": "patient"}
    assert {shown.get(page.url, page.url) for page in context.PAGES} <= drawn
    assert [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > MOST_BYTES] == []


def test_every_picture_that_a_document_shows_is_there() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {
        name for path in documents for name in re.findall(r"screenshots/([\w-]+)\.png", path.read_text())
    }
    assert named
    assert named <= {path.stem for path in PICTURES.glob("*.png")}
