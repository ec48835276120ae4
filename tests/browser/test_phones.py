"""The simulated phones in a real browser: answered, and made to fail, with the board looking on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.gateways import simulated_network
from messaging.models import Message, SimulatedCallback
from messaging.states import MessageStatus
from offers.tasks import offer_failed
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows
from tests.browser.test_journeys import log_a_cancellation
from tests.messaging import on_phones
from waitlist.models import WaitlistEntry


def asked(desk: Desk) -> None:
    """The first round is out, and whatever the phones owe has come."""
    log_a_cancellation(desk)
    desk.work()


def phone_of(desk: Desk, entry: WaitlistEntry) -> Page:
    """The patient's phone, beside the page that is open."""
    desk.page = desk.page.context.new_page()
    return desk.go(f"/phones/{entry.patient_id}/")


def bubbles(page: Page) -> Any:
    return page.get_by_role("region", name="Texts on this phone").get_by_role("listitem")


def test_a_thread_shows_what_comes_and_what_is_answered(desk: Desk) -> None:
    alice = desk.waiting()
    asked(desk)
    page = phone_of(desk, alice)
    page.evaluate("document.body.dataset.loaded = 'once'")
    expect(bubbles(page)).to_have_count(1)
    expect(bubbles(page)).to_contain_text("✓✓ delivered")
    page.get_by_role("textbox", name="Answer").fill("¿Puedo ir con mi mamá? 👍")
    page.get_by_role("button", name="Answer as the patient").click()
    expect(bubbles(page).last).to_contain_text("¿Puedo ir con mi mamá? 👍")
    desk.work()
    expect(bubbles(page)).to_have_count(3)
    page.get_by_label("With a picture").check()
    page.get_by_role("button", name="Answer as the patient").click()
    expect(bubbles(page).last).to_contain_text("a picture")
    expect(bubbles(page)).to_have_count(4)


def test_a_text_forced_to_fail_frees_its_seat_on_the_board(desk: Desk) -> None:
    type(desk.clinic).objects.filter(pk=desk.clinic.pk).update(batch_size=1)
    alice, bob = desk.waiting(manual_boost=20), desk.waiting()
    page = desk.go("/phones/network/")
    page.get_by_label("What becomes of the next texts").select_option(value="silent")
    page.get_by_role("button", name="Set for every phone").click()
    expect(page.get_by_role("status")).to_contain_text("every phone has this network")
    asked(desk)
    board = desk.go("/")
    offers = board.get_by_role("list", name="Who was asked").get_by_role("listitem")
    expect(offers).to_have_count(1)
    phone = phone_of(desk, alice)
    phone.get_by_role("link", name="no callback yet").click()
    phone.get_by_label("Error code").select_option(value="30005")
    phone.get_by_role("button", name="Not delivered").click()
    desk.work()
    offer_failed.run(message_id=Message.objects.get(to=alice.patient.phone).pk)
    desk.work()
    expect(bubbles(phone)).to_contain_text("✗ not delivered (30005)")
    expect(offers.filter(has_text=str(alice.patient))).to_contain_text("✗ not delivered")
    expect(offers.filter(has_text=str(alice.patient))).to_contain_text("Could not be delivered")
    expect(offers.filter(has_text=str(bob.patient))).to_contain_text("Waiting for an answer")


def test_a_late_callback_arrives_by_itself(desk: Desk) -> None:
    alice = desk.waiting()
    on_phones.network(alice.patient.phone, fate="late", late_seconds=600)
    asked(desk)
    page = phone_of(desk, alice)
    expect(bubbles(page)).to_contain_text("✓ sent, a callback comes at")
    # Ten minutes later, as far as the row knows
    SimulatedCallback.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
    desk.work()
    expect(bubbles(page)).to_contain_text("✓✓ delivered")
    assert Message.objects.get(to=alice.patient.phone).status == MessageStatus.DELIVERED


def test_a_stop_is_confirmed_by_the_network_and_blocks_the_phone(desk: Desk) -> None:
    alice = desk.waiting()
    asked(desk)
    page = phone_of(desk, alice)
    page.get_by_role("button", name="STOP").click()
    expect(bubbles(page).last).to_contain_text("(network) You get no more texts from this number.")
    expect(page.get_by_text("This patient has sent STOP")).to_be_visible()
    page.get_by_role("button", name="START").click()
    expect(bubbles(page).last).to_contain_text("(network) You get texts from this number again.")
    expect(page.get_by_text("This patient has sent STOP")).to_be_hidden()


def test_the_list_shows_what_is_new_without_a_reload(desk: Desk) -> None:
    alice, bob = desk.waiting(manual_boost=20), desk.waiting()
    page = desk.go("/phones/")
    page.evaluate("document.body.dataset.loaded = 'once'")
    desk.page = page.context.new_page()
    asked(desk)
    rows = page.locator("#handsets").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=alice.patient.phone[-4:])).to_contain_text("new")
    phone_of(desk, alice)
    expect(rows.filter(has_text=alice.patient.phone[-4:])).not_to_contain_text("new")
    expect(rows.filter(has_text=bob.patient.phone[-4:])).to_contain_text("new")
    assert page.evaluate("document.body.dataset.loaded") == "once"


def test_what_holds_the_focus_keeps_it_when_the_thread_changes(desk: Desk) -> None:
    alice = desk.waiting()
    asked(desk)
    page = phone_of(desk, alice)
    page.get_by_role("link", name="delivered").focus()
    on_phones.texted(alice.patient.phone)
    expect(bubbles(page)).to_have_count(2)
    assert "delivered" in page.evaluate("document.activeElement.innerText")


@pytest.fixture
def paths(desk: Desk) -> list[str]:
    """Every page of the phones with everything on it."""
    alice, bob = desk.waiting(manual_boost=20), desk.waiting()
    on_phones.network(alice.patient.phone, fate="undelivered", error_code="30005")
    asked(desk)
    on_phones.network(alice.patient.phone, fate="late", late_seconds=600)
    text = on_phones.texted(alice.patient.phone)
    on_phones.network(alice.patient.phone, delay_seconds=600)
    on_phones.texted(alice.patient.phone)
    page = desk.go(f"/phones/{bob.patient_id}/")
    page.get_by_label("With a picture").check()
    page.get_by_role("button", name="Answer as the patient").click()
    page.get_by_role("button", name="STOP").click()
    phones = [f"/phones/{entry.patient_id}/" for entry in (alice, bob)]
    return ["/phones/", "/phones/network/", *phones, f"{phones[0]}texts/{text.pk}/"]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_of_the_phones_shuts_anybody_out(
    desk: Desk, paths: list[str], width: int, colours: Any
) -> None:
    desk.page.set_viewport_size({"width": width, "height": 800})
    desk.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    found, wide = [], []
    for path in paths:
        page = desk.go(path)
        for summary in page.locator("summary").all():
            summary.click()
        found += faults(page)
        wide += [path] if overflows(page) else []
    assert found == []
    assert wide == []


def test_a_network_that_makes_no_sense_is_shown_where_it_is_wrong(desk: Desk) -> None:
    alice = desk.waiting()
    page = desk.go(f"/phones/{alice.patient_id}/")
    page.locator("summary").click()
    page.get_by_label("What becomes of the next texts").select_option(value="undelivered")
    page.get_by_role("button", name="Set for this phone").click()
    code = page.get_by_label("Error code")
    expect(code).to_be_focused()
    expect(code).to_have_accessible_description(re.compile("Choose an error code of five digits."))
    assert faults(page) == []
    code.select_option(value="30007")
    page.get_by_role("button", name="Set for this phone").click()
    expect(page.get_by_role("status")).to_contain_text("this phone has this network")
    assert simulated_network.of(alice.patient.phone).error_code == "30007"
