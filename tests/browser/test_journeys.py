"""What the front desk does in a day, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.factories import PASSWORD


def log_a_cancellation(desk: Desk) -> Page:
    page = desk.go("/cancellations/new/")
    start = timezone.now().astimezone(desk.clinic.zone) + timedelta(days=3)
    page.get_by_role("combobox", name="Clinic").select_option(label=desk.clinic.name)
    page.get_by_label("Provider").select_option(value=str(desk.provider.pk))
    page.get_by_label("Visit type").select_option(label=desk.visit_type.name)
    page.get_by_label("Start, on the clinic's own clock").fill(start.strftime("%Y-%m-%dT09:30"))
    page.get_by_role("button", name="Offer this time").click()
    # The click answers before the page that follows the form is there.
    expect(page).to_have_url(re.compile(r"/\d+/$"))
    return page


def test_a_slot_undone_in_its_grace_leaves_no_trace(desk: Desk) -> None:
    type(desk.clinic).objects.filter(pk=desk.clinic.pk).update(grace_seconds=60)
    desk.page.context.clear_cookies()
    page = desk.go("/")
    page.get_by_label("Username").fill(desk.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("No slot is open.")).to_be_visible()
    log_a_cancellation(desk)
    expect(page.get_by_role("status").first).to_contain_text("until then Undo takes it back without a trace")
    page.get_by_role("link", name="Board").first.click()
    expect(page.get_by_text("Waits for the end of the grace time")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").first).to_contain_text("Undone. Nobody was texted")
    expect(page.get_by_text("No slot is open.")).to_be_visible()


def test_offers_and_the_winner_appear_without_a_reload(desk: Desk) -> None:
    alice, bob = desk.waiting(manual_boost=20), desk.waiting()
    page = log_a_cancellation(desk)
    page = desk.go("/")
    page.evaluate("document.body.dataset.loaded = 'once'")
    desk.work()
    offers = page.get_by_role("list", name="Who was asked").get_by_role("listitem")
    expect(offers).to_have_count(2)
    expect(offers.first).to_contain_text(str(alice.patient))
    expect(offers.first).to_contain_text("Text: ✓✓ delivered")
    phone = page.context.new_page()
    phone.goto(f"{desk.url}/phones/")
    phone.get_by_role("link", name=bob.patient.phone[-4:]).click()
    phone.get_by_role("button", name="YES").click()
    desk.work()
    expect(page.get_by_role("heading", name="Filled today")).to_be_visible()
    expect(offers.filter(has_text=str(bob.patient))).to_contain_text("Accepted")
    expect(offers.filter(has_text=str(alice.patient))).to_contain_text("Taken by somebody else")
    expect(phone.get_by_role("listitem")).to_have_count(3)
    assert page.evaluate("document.body.dataset.loaded") == "once"


def test_whoever_logs_a_cancellation_sees_the_round_begin_and_end_where_they_are(desk: Desk) -> None:
    alice = desk.waiting()
    page = log_a_cancellation(desk)
    page.evaluate("document.body.dataset.loaded = 'once'")
    desk.work()
    offers = page.get_by_role("list", name="Who was asked").get_by_role("listitem")
    expect(offers).to_contain_text(str(alice.patient))
    expect(page.locator("#said")).to_have_text("Offering, round 1")
    expect(page.get_by_role("row", name=str(alice.patient))).to_contain_text("May be asked.")
    phone = page.context.new_page()
    phone.goto(f"{desk.url}/phones/{alice.patient_id}/")
    phone.get_by_role("button", name="YES").click()
    desk.work()
    expect(page.get_by_role("article")).to_contain_text("Filled")
    expect(page.get_by_role("list").filter(has_text="Confirmation texted")).to_be_visible()
    assert page.evaluate("document.body.dataset.loaded") == "once"


def test_a_form_that_is_refused_keeps_what_was_typed_and_shows_where(desk: Desk) -> None:
    page = desk.go("/cancellations/new/")
    page.get_by_role("combobox", name="Clinic").select_option(label=desk.clinic.name)
    page.get_by_label("Provider").select_option(value=str(desk.provider.pk))
    page.get_by_label("Visit type").select_option(label=desk.visit_type.name)
    start = page.get_by_label("Start, on the clinic's own clock")
    start.fill("2020-01-01T09:30")
    page.get_by_role("button", name="Offer this time").click()
    expect(start).to_be_focused()
    expect(start).to_have_value("2020-01-01T09:30")
    expect(start).to_have_accessible_description("This slot has begun already.")


def test_a_countdown_runs_and_is_silent(desk: Desk) -> None:
    desk.waiting()
    log_a_cancellation(desk)
    desk.work()
    page = desk.go("/")
    countdown = page.locator(".countdown")
    before = countdown.inner_text()
    expect(countdown).not_to_have_text(before)
    assert countdown.get_attribute("aria-hidden") == "true"


def test_paused_updates_wait_until_they_are_wanted(desk: Desk) -> None:
    page = desk.go("/")
    page.get_by_role("button", name="Pause updates").click()
    log = page.context.new_page()
    desk.page = log
    log_a_cancellation(desk)
    page.wait_for_timeout(4000)
    expect(page.get_by_text("No slot is open.")).to_be_visible()
    page.get_by_role("button", name="Pause updates").click()
    expect(page.get_by_role("heading", name="Waiting: nobody is being asked yet")).to_be_visible()


def test_a_board_that_has_lost_its_connection_says_so(desk: Desk, complaints: list[str]) -> None:
    page = desk.go("/")
    page.context.set_offline(True)
    expect(page.get_by_text("The connection is lost").first).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    complaints.clear()


def test_everything_on_the_board_is_reached_by_keyboard(desk: Desk) -> None:
    page = log_a_cancellation(desk)
    page = desk.go("/")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
    assert reached[0] == "Skip to the content"
    assert {"Board", "Log a cancellation", "Call or booked by phone", "Pause", "Withdraw"} <= set(reached)
