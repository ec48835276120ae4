"""Settings, texts and the guide in a real browser, before a manager and an admin."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from clinic.models import Clinic
from offers.models import ClinicText
from staff.roles import MANAGER
from tests.browser.conftest import Desk
from tests.factories import PatientFactory


@pytest.fixture
def manager(desk: Desk) -> Desk:
    return desk.enter(MANAGER)


def test_a_manager_changes_the_batch_and_reads_what_that_means(manager: Desk) -> None:
    page = manager.go(f"/settings/{manager.clinic.pk}/")
    expect(page.get_by_text("2 people are asked")).to_be_visible()
    page.get_by_label("Asked at once").fill("0")
    # The browser's own check must not be the only one
    page.locator("form.sheet").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Keep these settings").click()
    expect(page.get_by_text("greater than or equal to 1")).to_be_visible()
    expect(page.get_by_label("Asked at once")).to_be_focused()
    page.get_by_label("Asked at once").fill("4")
    page.get_by_role("button", name="Keep these settings").click()
    expect(page.get_by_text("4 people are asked")).to_be_visible()
    assert Clinic.objects.get(pk=manager.clinic.pk).batch_size == 4


def test_the_count_follows_what_is_typed_and_a_bad_text_is_refused(manager: Desk) -> None:
    page = manager.go(f"/settings/{manager.clinic.pk}/texts/")
    page.get_by_role("link", name="offer, en", exact=True).click()
    words, preview = page.get_by_label("Words"), page.locator("#preview")
    words.press_sequentially("{clinic}: sí")
    expect(preview).to_contain_text("24 of 70 places in UCS-2: 1 segment, 1 at most.")
    page.get_by_role("button", name="Use these words").click()
    expect(page.locator("form .errorlist")).to_contain_text("{deadline} is missing")
    expect(words).to_have_value("{clinic}: sí")
    words.fill("{clinic}: {day} {time}? YES or NO by {deadline}. STOP to opt out")
    expect(preview).to_contain_text("Riverside & Lakeside: Wed Nov 24 12:30 PM +1245? YES or NO by")
    page.get_by_role("button", name="Use these words").click()
    expect(page.get_by_text("These words are used from now on")).to_be_visible()
    assert ClinicText.objects.get().clinic == manager.clinic


def test_the_guide_leads_from_nothing_to_a_clinic_with_a_test(desk: Desk) -> None:
    page = desk.enter(is_superuser=True).go("/")
    page.get_by_role("link", name="New here?").click()
    page.get_by_label("Name", exact=False).first.fill("Northside")
    page.get_by_label("Name in texts").fill("Northside")
    page.get_by_role("button", name="Add this clinic").click()
    expect(page.get_by_text("nobody is texted until you go live")).to_be_visible()
    expect(page.get_by_label("Texts from")).to_be_visible()
    page.get_by_role("button", name=re.compile("Keep ?: When")).click()
    page.get_by_text("Enter it here: A test to your own phone").click()
    page.get_by_label("A phone of your own").fill("+13125550199")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("The last test, to …0199")).to_be_visible()
    desk.work()
    page.get_by_role("link", name="Look again").click()
    page.reload()
    expect(page.get_by_text("The last test, to …0199: Delivered")).to_be_visible()


def test_a_field_of_the_admin_completes_names_and_a_search_finds_without_an_address(desk: Desk) -> None:
    alice = PatientFactory.create(first_name="Alice", last_name="Miller")
    asked: list[str] = []
    desk.page.context.on("request", lambda request: asked.append(request.url))
    page = desk.enter(MANAGER, is_staff=True).go("/admin/waitlist/waitlistentry/add/")
    page.locator(".field-patient .select2-selection").click()
    page.locator(".select2-search__field").fill("Mill")
    page.get_by_role("option", name="Alice Miller").click()
    expect(page.locator("#id_patient")).to_have_value(str(alice.pk))
    page = desk.go("/admin/clinic/patient/")
    page.locator("#searchbar").fill("Mill")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Miller")).to_be_visible()
    assert [url for url in asked if "Mill" in url] == []
